"""A blank picture, a missing alternative, an untagged PDF: no such file goes out."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pytest
import typst

from services.report_api.content.blocks import (
    Block,
    Chart,
    ChartPoint,
    ChartSeries,
    Choropleth,
    Content,
    Heading,
    Row,
)
from services.report_api.rendering.checks import RenderingError, check_rendered
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import fonts, render_pdf, typst_files
from tests.report_api.contents import (
    area_table,
    key_figures,
    plain,
    profile,
    series_chart,
    town_map,
)
from tests.report_api.edge_contents import edges


@pytest.fixture(scope="module")
def finished() -> tuple[bytes, bytes]:
    return render_document(profile()), render_pdf(profile())


def test_whole_files_pass(finished: tuple[bytes, bytes]) -> None:
    check_rendered(profile(), *finished)
    check_rendered(edges(), render_document(edges()), render_pdf(edges()))
    check_rendered(plain(), render_document(plain()), render_pdf(plain()))


def with_alternative(content: Content, alternative: str) -> Content:
    """The content with another alternative of its map."""
    blocks: list[Block] = [
        replace(block, alternative=alternative) if isinstance(block, Choropleth) else block
        for block in content.blocks
    ]
    return replace(content, blocks=tuple(blocks))


@pytest.mark.parametrize("alternative", ["", "  "])
def test_alternative_is_demanded(alternative: str) -> None:
    content = with_alternative(profile(), alternative)
    with pytest.raises(RenderingError, match="no text alternative"):
        check_rendered(content, render_document(content), render_pdf(profile()))


def test_alternatives_are_the_contents(finished: tuple[bytes, bytes]) -> None:
    content = with_alternative(profile(), "Eine andere Karte.")
    with pytest.raises(RenderingError, match="text alternatives"):
        check_rendered(content, *finished)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"<figure ", b"<div ", "2 pictures"),
        (b'role="img"', b"", "blank in the HTML"),
        (b"<path ", b"<g ", "blank in the HTML"),
        (b"<desc ", b"<text ", "no text alternative in the HTML"),
    ],
)
def test_html_is_checked(old: bytes, new: bytes, words: str, finished: tuple[bytes, bytes]) -> None:
    """The first picture is the map: each of these takes something from it."""
    document, pdf = finished
    head, mark, rest = document.partition(b"<figure ")
    picture, end, tail = rest.partition(b"</figure>")
    spoilt = (mark + picture).replace(old, new)
    with pytest.raises(RenderingError, match=words):
        check_rendered(profile(), head + spoilt + end + tail, pdf)


def untag(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot


def unmark(pdf: pikepdf.Pdf) -> None:
    pdf.Root.MarkInfo.Marked = False


def mute(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang


def unname(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo.Title = pikepdf.String("Ohne Titel")


def undeclare(pdf: pikepdf.Pdf) -> None:
    text = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(text.replace(b"<pdfuaid:part>1</pdfuaid:part>", b""))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (untag, "not tagged"),
        (unmark, "not tagged"),
        (mute, "language"),
        (unname, "title"),
        (undeclare, "PDF/UA-1"),
    ],
)
def test_pdf_is_checked(
    spoil: Callable[[pikepdf.Pdf], None], words: str, finished: tuple[bytes, bytes]
) -> None:
    document, data = finished
    written = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        spoil(pdf)
        pdf.save(written)
    with pytest.raises(RenderingError, match=words):
        check_rendered(profile(), document, written.getvalue())


def test_a_lost_row_is_found(finished: tuple[bytes, bytes]) -> None:
    document, pdf = finished
    with pytest.raises(RenderingError, match="rows"):
        check_rendered(profile(13), document, pdf)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing"])
def test_what_is_no_pdf_is_refused(data: bytes, finished: tuple[bytes, bytes]) -> None:
    with pytest.raises(RenderingError, match="cannot be read"):
        check_rendered(profile(), finished[0], data)


def test_an_untagged_compile_is_refused() -> None:
    """What Typst would make without the standard."""
    content = profile()
    files: Any = typst_files(content)
    data: bytes = typst.compile(files, font_paths=fonts(), timestamp=0, pdf_tags=False)
    with pytest.raises(RenderingError, match="not tagged"):
        check_rendered(content, render_document(content), data)


NOTHING = (ChartSeries("Musterstadt", (ChartPoint("2023", None),)),)
INFINITE = (ChartSeries("Musterstadt", (ChartPoint("2023", float("inf")),)),)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (replace(series_chart(), series=NOTHING), "no value to draw"),
        (replace(series_chart(), series=()), "no value to draw"),
        (replace(series_chart(), series=INFINITE), "no number"),
        (replace(town_map(), areas=()), "no area to draw"),
        (
            replace(town_map(), areas=tuple(replace(a, path=" ") for a in town_map().areas)),
            "no area to draw",
        ),
        (replace(series_chart(), series=(*series_chart().series, *NOTHING)), "do not share"),
        (replace(area_table(), rows=()), "no row"),
        (replace(key_figures()[0], items=()), "no key figure"),
        (replace(area_table(), rows=(Row("Altstadt", ()),)), "do not fit"),
        (Heading("  "), "no words"),
    ],
)
def test_nothing_to_show_is_not_rendered(block: Chart | Choropleth, words: str) -> None:
    for render in (render_article, render_document, render_pdf):
        with pytest.raises(ValueError, match=words):
            render(plain(block))


def test_a_report_has_a_title() -> None:
    for render in (render_article, render_document, render_pdf):
        with pytest.raises(ValueError, match="no title"):
            render(replace(plain(), title=" "))
