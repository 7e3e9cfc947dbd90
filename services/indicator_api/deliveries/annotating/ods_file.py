"""A sender's ODS file with status columns, styles and formulas kept."""

from collections.abc import Iterator
from pathlib import Path

from odfdo import NEXT_SIBLING, Cell, Document, Row, Table

from services.indicator_api.deliveries.annotating.remarks import NOTHING, Remarks
from services.indicator_api.deliveries.reading.raw import STATUS_COLUMNS, RawTable

_ROWS = "descendant::table:table-row"
_Texts = tuple[str, ...]


def annotate_ods(path: Path, target: Path, table: RawTable, remarks: Remarks) -> None:
    """Write the document at `path` with the remarks on its sheet `table.sheet` to `target`."""
    document = Document(path)
    sheet = document.body.get_table(name=table.sheet or "")
    if not isinstance(sheet, Table):
        raise KeyError(table.sheet)
    # programs write formats of empty cells down to the last row there can be: expanded, they
    # would take all memory
    sheet.rstrip(aggressive=True)
    names = [str(value or "") for value in sheet.get_row(table.first_row - 2).get_values()]
    old = [number for number, name in enumerate(names) if name in STATUS_COLUMNS]
    first = old[0] if old else _width(sheet)
    end = 1
    # the rows themselves, each once: asked for by number, each is searched from the first on
    for row in sheet.get_elements(_ROWS):
        if not isinstance(row, Row):
            continue
        lines = range(end, end + (row.repeated or 1))
        end = lines.stop
        texts = [_texts(line, table, remarks, has_old=bool(old)) for line in lines]
        if len(set(texts)) == 1:
            _put(row, first, texts[0])
            continue
        for single, own in zip(_singles(row, len(lines)), texts, strict=True):
            _put(single, first, own)
    document.save(target)


def _texts(line: int, table: RawTable, remarks: Remarks, *, has_old: bool) -> _Texts | None:
    """What goes into the status columns of a line; None: the line stays as it is."""
    if line < table.first_row - 1:
        return None
    if line == table.first_row - 1:
        return STATUS_COLUMNS
    remark = remarks.of(line, table.first_row, table.head_row)
    return None if remark is NOTHING and not has_old else remark.texts


def _singles(row: Row, count: int) -> Iterator[Row]:
    """A row that stands for so many, as so many rows."""
    row.del_attribute("table:number-rows-repeated")
    copies = [row.clone for _ in range(count - 1)]
    for copy in reversed(copies):
        row.insert(copy, xmlposition=NEXT_SIBLING)
    yield row
    yield from copies


def _width(sheet: Table) -> int:
    """How many columns are filled: cells behind the last text are but formats."""
    return max(
        (
            number + 1
            for row in sheet.get_values()
            for number, value in enumerate(row)
            if value is not None and value != ""
        ),
        default=0,
    )


def _put(row: Row, first: int, texts: _Texts | None) -> None:
    for number, text in enumerate(texts or ()):
        row.set_cell(first + number, Cell(text=text or None, value=text or None), clone=False)
