"""Writing the workbook that a municipality fills in."""

import io
from base64 import b64encode
from datetime import date

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.indicator_api.deliveries.mapping.document import (
    AreaSource,
    ColumnSource,
    Mapping,
    ValueColumn,
)
from services.indicator_api.deliveries.reading.header import names_of
from services.indicator_api.deliveries.workbook import layout
from services.indicator_api.deliveries.workbook.contents import TemplateContents, TemplateMeasure

_YEARS_BACK = 12
_KEY_WIDTH, _NAME_WIDTH, _VALUE_WIDTH, _SIGN_WIDTH = 14, 34, 20, 12
# the green that spreadsheets use for cells to fill in
_OPEN_COLOUR = "#EAF4EA"
_HEAD_COLOUR = "#E6EAF0"
_GUIDE = (
    "So füllen Sie die Mappe aus",
    "1. Wählen Sie auf dem Blatt „Eingabe“ oben den Zeitraum, für den die Zahlen gelten.",
    "2. Tragen Sie je Gebiet die Zahlen in die grün hinterlegten Zellen ein: ohne Einheit, ohne "
    "Prozentzeichen. Ist nichts vorhanden, tragen Sie 0 ein.",
    "3. Gibt es zu einem Gebiet keine Zahl, wählen Sie in der Spalte daneben ein Zeichen, das "
    "sagt, warum. Wo weder Zahl noch Zeichen steht, gilt die Zelle als nicht geliefert: Der "
    "bisherige Stand bleibt, wie er ist.",
    "4. Speichern Sie die Mappe und liefern Sie sie unter „Lieferungen“. Sie wird ohne weitere "
    "Angaben erkannt.",
    "",
    "Schlüssel, Namen und Kopfzeile sind geschützt, damit jede Zahl zu ihrem Gebiet kommt. Ein "
    "Kennwort hat der Schutz nicht. Die Spalten dürfen breiter gezogen werden.",
    "",
    "Was die Zeichen bedeuten",
)


def write_template(contents: TemplateContents, today: date) -> bytes:
    """The workbook as the bytes of an XLSX file."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    formats = _Formats(book)
    sheet = book.add_worksheet(layout.SHEET)
    names = _write_head(sheet, contents, formats)
    _write_period(sheet, contents, formats, today)
    _write_areas(sheet, contents, formats)
    _write_guide(book.add_worksheet(layout.GUIDE_SHEET), contents, formats)
    _write_hidden(book.add_worksheet(layout.HIDDEN_SHEET), contents, names)
    book.set_properties({"title": contents.dataset_title, "company": contents.organisation})
    book.close()
    return target.getvalue()


class _Formats:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.bold: Format = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.head: Format = book.add_format(
            {
                "bold": True, "text_wrap": True, "valign": "top", "bg_color": _HEAD_COLOUR,
                "bottom": 1,
            }
        )  # fmt: skip
        # texts, or a spreadsheet takes the keys' leading zeros
        self.text: Format = book.add_format({"num_format": "@"})
        self.number: Format = _open(book, {"num_format": "#,##0.######"})
        self.whole: Format = _open(book, {"num_format": "#,##0"})
        self.sign: Format = _open(book, {"num_format": "@", "align": "center"})
        self.period: Format = _open(book, {"num_format": "@", "bold": True})


def _open(book: xlsxwriter.Workbook, properties: dict[str, object]) -> Format:
    """A cell to fill in."""
    common = {"locked": False, "bg_color": _OPEN_COLOUR, "border": 4, "border_color": "#9AA5B1"}
    return book.add_format(common | properties)


def _headings(measures: tuple[TemplateMeasure, ...]) -> list[str]:
    """The heads of the columns of values, each once."""
    return list(names_of([[measure.heading for measure in measures]]))


def _write_head(sheet: Worksheet, contents: TemplateContents, formats: _Formats) -> list[str]:
    """Title, heads and their comments; the heads of the columns of values."""
    sheet.write_string(layout.TITLE_ROW, 0, contents.dataset_title, formats.title)
    hint = "Grün hinterlegte Zellen ausfüllen. Wie, steht auf dem Blatt „Anleitung“."
    sheet.write_string(layout.HINT_ROW, 0, hint)
    row = layout.HEAD_ROW
    sheet.write_string(row, 0, layout.KEY_HEAD, formats.head)
    sheet.write_string(row, 1, layout.NAME_HEAD, formats.head)
    sheet.set_column(0, 0, _KEY_WIDTH)
    sheet.set_column(1, 1, _NAME_WIDTH)
    names = _headings(contents.measures)
    for number, (name, measure) in enumerate(zip(names, contents.measures, strict=True)):
        column = 2 + 2 * number
        sheet.write_string(row, column, name, formats.head)
        sheet.write_string(row, column + 1, layout.SIGN_HEAD.format(heading=name), formats.head)
        sheet.set_column(column, column, _VALUE_WIDTH)
        sheet.set_column(column + 1, column + 1, _SIGN_WIDTH)
        comment = {"author": "Quartierblick", "x_scale": 2.5, "y_scale": 1.8}
        sheet.write_comment(row, column, measure.explanation, comment)
        signs = "\n".join(f"{sign}  {meaning}" for sign, meaning in layout.SIGNS.items())
        sheet.write_comment(row, column + 1, signs, comment)
    sheet.set_row(row, 60)
    sheet.freeze_panes(row + 1, 2)
    return names


def _write_period(
    sheet: Worksheet, contents: TemplateContents, formats: _Formats, today: date
) -> None:
    row, column = layout.PERIOD_ROW, layout.PERIOD_COLUMN
    sheet.write_string(row, 0, layout.PERIOD_LABEL, formats.bold)
    if contents.period is not None:
        sheet.write_string(row, column, contents.period.code, formats.period)
        offered = [contents.period.code]
    else:
        sheet.write_blank(row, column, None, formats.period)
        offered = []
    years = [str(year) for year in range(today.year, today.year - _YEARS_BACK, -1)]
    sheet.data_validation(
        row,
        column,
        row,
        column,
        {
            "validate": "list",
            "source": list(dict.fromkeys([*offered, *years])),
            "input_title": "Für wann gelten die Zahlen?",
            "input_message": "Jahr wählen, oder zum Beispiel 31.12.2024, 2024-Q3, 2024/25 "
            "eintragen.",
            # other periods than years may be written too
            "error_type": "information",
            "error_title": "Nicht in der Liste",
            "error_message": "Auch Stichtage (31.12.2024), Quartale (2024-Q3) und Schuljahre "
            "(2024/25) werden gelesen.",
        },
    )


def _write_areas(sheet: Worksheet, contents: TemplateContents, formats: _Formats) -> None:
    first = layout.HEAD_ROW + 1
    last = layout.HEAD_ROW + len(contents.areas)
    for row, area in enumerate(contents.areas, start=first):
        sheet.write_string(row, 0, area.code, formats.text)
        sheet.write_string(row, 1, area.name)
    for number, measure in enumerate(contents.measures):
        column = 2 + 2 * number
        is_count = measure.kind == "count"
        for row in range(first, last + 1):
            sheet.write_blank(row, column, None, formats.whole if is_count else formats.number)
            sheet.write_blank(row, column + 1, None, formats.sign)
        sheet.data_validation(first, column, last, column, _number_rule(is_count=is_count))
        sheet.data_validation(
            first,
            column + 1,
            last,
            column + 1,
            {
                "validate": "list",
                "source": list(layout.SIGNS),
                "error_title": "Unbekanntes Zeichen",
                "error_message": "Wählen Sie ein Zeichen aus der Liste, oder lassen Sie die "
                "Zelle leer.",
            },
        )
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(layout.HEAD_ROW)
    sheet.repeat_columns(0, 1)


def _number_rule(*, is_count: bool) -> dict[str, object]:
    rule: dict[str, object] = {
        "validate": "decimal",
        "criteria": ">=" if is_count else "between",
        "error_title": "Keine Zahl",
        "error_message": "Tragen Sie eine Zahl ein. Gibt es keine, lassen Sie die Zelle leer und "
        "wählen Sie daneben ein Zeichen.",
    }
    bounds = {"value": 0} if is_count else {"minimum": -1e15, "maximum": 1e15}
    return rule | bounds


def _write_guide(sheet: Worksheet, contents: TemplateContents, formats: _Formats) -> None:
    sheet.set_column(0, 0, 100)
    lines = [(text, text in (_GUIDE[0], _GUIDE[-1])) for text in _GUIDE]
    lines += [(f"{sign}   {meaning}", False) for sign, meaning in layout.SIGNS.items()]
    lines += [("", False), ("Was gezählt wird", True)]
    for name, measure in zip(_headings(contents.measures), contents.measures, strict=True):
        lines += [(name, True), (measure.explanation, False)]
    lines += [("", False), (f"Datenbestand: {contents.dataset_title}", False)]
    for row, (line, is_heading) in enumerate(lines):
        sheet.write_string(row, 0, line, formats.bold if is_heading else formats.wrapped)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _write_hidden(sheet: Worksheet, contents: TemplateContents, names: list[str]) -> None:
    """What makes the workbook recognised when it comes back: how it is to be read."""
    mapping = template_mapping(contents.measures, names)
    # no sign in it that a program could trim or take for something else
    document = b64encode(mapping.model_dump_json(exclude_defaults=True).encode()).decode()
    cells = [layout.MARK, layout.VERSION, contents.dataset_code, layout.SHEET]
    pieces = range(0, len(document), layout.PIECE)
    cells += [document[start : start + layout.PIECE] for start in pieces]
    for row, cell in enumerate(cells):
        sheet.write_string(row, 0, cell)
    sheet.very_hidden()
    sheet.protect()


def template_mapping(measures: tuple[TemplateMeasure, ...], names: list[str]) -> Mapping:
    """How the workbook is read; the period is in a cell above the table."""
    return Mapping(
        sheet=layout.SHEET,
        area=AreaSource(column=layout.KEY_HEAD),
        values=[
            ValueColumn(
                column=name,
                measure=measure.code,
                breakdown=dict(part.split("=", 1) for part in measure.breakdown.split("|") if part),
                status=ColumnSource(column=layout.SIGN_HEAD.format(heading=name)),
            )
            for name, measure in zip(names, measures, strict=True)
        ],
        left_out=[layout.NAME_HEAD],
    )
