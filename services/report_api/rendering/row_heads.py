"""Row heads of a PDF's tables.

Typst 0.15 tags the first cell of a row as TD (`pdf.header-cell` is behind a feature flag its
Python binding cannot set), so that a screen reader would name a figure without its place.
"""

from io import BytesIO

import pikepdf

from services.report_api.rendering.structure import children, elements


def mark_row_heads(compiled: bytes) -> bytes:
    """The first cell of each row of a table's body becomes TH with scope Row, head of its row.

    The same bytes come out for the same bytes in.
    """
    with pikepdf.open(BytesIO(compiled)) as pdf:
        tree = pdf.Root.StructTreeRoot
        rows = [
            row
            for body in elements(tree, "/TBody")
            for row in elements(body, "/TR")
            if len(children(row)) > 1
        ]
        if rows:
            ids = pikepdf.NameTree(tree.IDTree)
            for number, row in enumerate(rows):
                name = f"row-{number:06d}"
                ids[name] = _name_row(row, name)
        written = BytesIO()
        pdf.save(written, deterministic_id=True)
    return written.getvalue()


def _name_row(row: pikepdf.Object, name: str) -> pikepdf.Object:
    """Make the row's first cell its head, called `name`; the other cells refer to it."""
    head, *cells = children(row)
    head.S = pikepdf.Name.TH
    head.ID = pikepdf.String(name)
    _table_attributes(head).Scope = pikepdf.Name.Row
    for cell in cells:
        attributes = _table_attributes(cell)
        heads = attributes.get("/Headers", pikepdf.Array())
        attributes.Headers = pikepdf.Array([pikepdf.String(name), *heads])
    return head


def _table_attributes(cell: pikepdf.Object) -> pikepdf.Object:
    return next(entry for entry in cell.A if pikepdf.Name.Table == entry.O)
