"""The last look at finished files: a blank picture or an untagged PDF is never handed out."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby

import pikepdf

from services.report_api.content.blocks import Chart, Choropleth, Content, KeyFigures, Table
from services.shared.typesetting.characters import printable, settable
from services.shared.typesetting.structure import body_rows, elements

_DRAWN = re.compile(r'<path\b[^>]*\bd="[^"]+"')


class RenderingError(Exception):
    """A finished file lacks what every report must have; it must not be stored."""


def check_rendered(content: Content, document: bytes, pdf: bytes) -> None:
    """Raise RenderingError unless both files hold every picture, alternative and table."""
    pictures = [block for block in content.blocks if isinstance(block, Chart | Choropleth)]
    for picture in pictures:
        if not picture.alternative.strip():
            raise RenderingError(f"„{picture.title}“ has no text alternative")
    _check_html(pictures, document.decode())
    _check_pdf(content, pictures, pdf)


def _check_html(pictures: list[Chart | Choropleth], text: str) -> None:
    figures = re.findall(r"<figure\b.*?</figure>", text, re.DOTALL)
    if len(figures) != len(pictures):
        raise RenderingError(f"the HTML has {len(figures)} pictures, the content {len(pictures)}")
    for picture, figure in zip(pictures, figures, strict=True):
        drawn = re.search(r'<svg\b[^>]*role="img".*?</svg>', figure, re.DOTALL)
        if drawn is None or len(_DRAWN.findall(drawn[0])) < _marks(picture):
            raise RenderingError(f"„{picture.title}“ is blank in the HTML")
        if not re.search(r"<desc\b[^>]*>[^<]+</desc>", drawn[0]):
            raise RenderingError(f"„{picture.title}“ has no text alternative in the HTML")


def _marks(picture: Chart | Choropleth) -> int:
    """How many shapes a picture has at least: one for each area, one for each value."""
    if isinstance(picture, Choropleth):
        return len(picture.areas)
    return sum(point.value is not None for series in picture.series for point in series.points)


def _check_pdf(content: Content, pictures: list[Chart | Choropleth], data: bytes) -> None:
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            _check_file(content, pdf)
            _check_structure(content, pictures, pdf.Root.StructTreeRoot)
    except pikepdf.PdfError as error:
        raise RenderingError(f"the PDF cannot be read: {error}") from error


def _check_file(content: Content, pdf: pikepdf.Pdf) -> None:
    root = pdf.Root
    is_marked = "/MarkInfo" in root and bool(root.MarkInfo.get("/Marked", False))
    if "/StructTreeRoot" not in root or not is_marked:
        raise RenderingError("the PDF is not tagged")
    if str(root.get("/Lang", "")) != content.language.split("-")[0]:
        raise RenderingError("the PDF does not name its language")
    if str(pdf.docinfo.get("/Title", "")) != settable(content.title):
        raise RenderingError("the PDF does not name its title")
    if b"<pdfuaid:part>1</pdfuaid:part>" not in root.Metadata.read_bytes():
        raise RenderingError("the PDF does not declare PDF/UA-1")


def _check_structure(
    content: Content, pictures: list[Chart | Choropleth], tree: pikepdf.Object
) -> None:
    alternatives = [str(figure.get("/Alt", "")) for figure in elements(tree, "/Figure")]
    if alternatives != [printable(picture.alternative) for picture in pictures]:
        raise RenderingError("the PDF's pictures do not carry their text alternatives")
    expected = list(_body_rows(content))
    found = [sum(1 for _ in body_rows(table)) for table in elements(tree, "/Table")]
    if found != expected:
        raise RenderingError(f"the PDF's tables have {found} rows, the content {expected}")


def _body_rows(content: Content) -> Iterator[int]:
    """The rows of each table, in the order they stand in the file."""
    runs = groupby(content.blocks, key=lambda block: isinstance(block, KeyFigures))
    for is_key_figures, blocks in runs:
        if is_key_figures:
            yield sum(len(block.items) for block in blocks if isinstance(block, KeyFigures))
            continue
        for block in blocks:
            match block:
                case Table():
                    yield len(block.rows)
                case Chart():
                    yield len(block.table.rows)
                case Choropleth():
                    outlined = any(area.is_emphasised for area in block.areas)
                    yield len(block.legend) + outlined
