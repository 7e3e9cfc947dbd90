"""Row heads of a PDF's tables.

Typst 0.15 tags the first cell of a row as TD (`pdf.header-cell` is behind a feature flag its
Python binding cannot set), so that a screen reader would name a figure without its place.
"""

from io import BytesIO

import pikepdf

from services.shared.typesetting.structure import body_rows, children, elements


def mark_row_heads(compiled: bytes) -> bytes:
    """The first cell of each row of a table's body becomes TH with scope Row, head of its row.

    Each other cell then names the heads of its row, its column and its group of rows, if it is in
    one. The same bytes come out for the same bytes in.
    """
    with pikepdf.open(BytesIO(compiled)) as pdf:
        tree = pdf.Root.StructTreeRoot
        rows = [
            (row, columns)
            for table in elements(tree, "/Table")
            for columns in [_column_heads(table)]
            for row in body_rows(table)
            if len(children(row)) > 1
        ]
        if rows:
            ids = pikepdf.NameTree(tree.IDTree)
            for number, (row, columns) in enumerate(rows):
                name = f"row-{number:06d}"
                ids[name] = _name_row(row, name, columns)
        written = BytesIO()
        pdf.save(written, deterministic_id=True)
    return written.getvalue()


def _column_heads(table: pikepdf.Object) -> list[str]:
    """The ids of the columns' heads."""
    first = next(row for head in elements(table, "/THead") for row in children(head))
    return [str(cell.ID) for cell in children(first)]


def _name_row(row: pikepdf.Object, name: str, columns: list[str]) -> pikepdf.Object:
    """Make the row's first cell its head, called `name`; the other cells refer to it."""
    cells = children(row)
    for at, cell in enumerate(cells):
        attributes = _table_attributes(cell)
        groups = [str(one) for one in attributes.get("/Headers", []) if str(one) not in columns]
        heads = [columns[at], *groups] if at == 0 else [name, columns[at], *groups]
        attributes.Headers = pikepdf.Array([pikepdf.String(one) for one in heads])
    cells[0].S = pikepdf.Name.TH
    cells[0].ID = pikepdf.String(name)
    _table_attributes(cells[0]).Scope = pikepdf.Name.Row
    return cells[0]


def _table_attributes(cell: pikepdf.Object) -> pikepdf.Object:
    return next(entry for entry in cell.A if pikepdf.Name.Table == entry.O)
