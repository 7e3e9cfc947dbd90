"""The structure tree of a tagged PDF (ISO 32000-1, 14.7)."""

from collections.abc import Iterator

import pikepdf


def children(element: pikepdf.Object) -> list[pikepdf.Object]:
    """The structure elements right below `element`."""
    kids = element.get("/K")
    if kids is None:
        return []
    listed = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    return [kid for kid in listed if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


def elements(element: pikepdf.Object, kind: str) -> Iterator[pikepdf.Object]:
    """The structure elements of a kind („/Table“) below `element`, in reading order."""
    for child in children(element):
        if kind == child.S:
            yield child
        yield from elements(child, kind)


def body_rows(table: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The rows of a table that hold data: not its head, not the heads of groups of rows."""
    for body in elements(table, "/TBody"):
        for row in elements(body, "/TR"):
            if any(pikepdf.Name.TD == cell.S for cell in children(row)):
                yield row
