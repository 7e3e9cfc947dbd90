"""Whatever stands in a text, it is shown, in both files; nothing breaks and nothing vanishes."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.report_api.content.blocks import (
    Chart,
    Column,
    Comparison,
    Content,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    Row,
    Table,
)
from services.report_api.rendering.checks import check_rendered
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import render_pdf
from services.shared.typesetting.characters import is_blank, printable, settable
from services.shared.typesetting.typeface import covered
from tests.report_api.contents import bar_chart, plain, profile, town_map
from tests.report_api.html_reading import by_class, read_article
from tests.report_api.pdf_reading import read_structure

_SYNTAX = st.sampled_from(
    ["#strong[x]", "$a^2$", "<b>", "</style>", "{{7*7}}", "{%x%}", "\\", '"', "@ref", "= H", "`"]
)
TEXTS = st.lists(st.one_of(st.text(max_size=12), _SYNTAX), min_size=1, max_size=4).map("".join)
# A title or heading has words: more than blanks.
HEADINGS = TEXTS.filter(lambda text: not is_blank(text))


def squeezed(text: str) -> str:
    """Without blanks and what only governs lines: these are laid out, not drawn."""
    return re.sub(r"[\s\u00ad\u200b-\u200d\u2060\u0085\u180e]", "", text)


def content_of(title: str, text: str) -> Content:
    """A content with `text` in every field that takes any."""
    figure = Figure(text, interval=text)
    rows = (Row(text, (figure, Figure("1")), True), Row("zweite", (Figure("2"), figure)))
    table = Table(
        text, (Column(text, text), Column(text), Column("c", text, True)), rows, (), (text,)
    )
    chart = bar_chart()
    item = KeyFigure(text, figure, text, (Comparison(text, figure),), (), text)
    areas = tuple(replace(area, name=text, text=text) for area in town_map().areas)
    content = plain(
        Paragraph(text, is_lead=True),
        Heading(text),
        Notice(text, text, "info"),
        KeyFigures(text, (item,), area=text),
        table,
        replace(town_map(), title=text, alternative=f"Karte {text}", areas=areas, note=text),
        replace(
            chart,
            title=text,
            alternative=f"Balken {text}",
            unit=text,
            series=tuple(replace(series, name=text) for series in chart.series),
        ),
    )
    return replace(content, title=title, subtitle=text, publisher=text, marks=(text,))


@settings(max_examples=60, deadline=None)
@given(HEADINGS, HEADINGS)
def test_html_shows_any_text(title: str, text: str) -> None:
    article = read_article(render_article(content_of(title, text)))
    assert "".join(by_class(article, "qb-report__title")[0].itertext()) == printable(title)
    for name in ("lead", "heading", "notice-title", "notice-text", "subtitle", "mark", "label"):
        shown = "".join(by_class(article, f"qb-report__{name}")[0].itertext()) if text else ""
        assert shown == printable(text), name
    cells = [cell for row in by_class(article, "qb-report__own") for cell in row]
    assert "".join(cells[0].itertext()) == printable(text)


@settings(max_examples=60, deadline=None)
@given(HEADINGS, HEADINGS)
def test_pdf_shows_any_text(title: str, text: str) -> None:
    content = content_of(title, text)
    data = render_pdf(content)
    check_rendered(content, render_document(content), data)
    root = read_structure(data)
    wanted = squeezed(settable(text))
    assert squeezed(root.parts("Title")[0].text) == squeezed(settable(title))
    assert squeezed(root.parts("H1")[0].text) == wanted
    captions = {squeezed(item.text) for item in root.all("Caption")}
    assert captions == {wanted, squeezed(bar_chart().table.title)}
    row = next(row for table in root.parts("Table")[1:2] for row in table.parts("TBody"))
    assert squeezed(row.parts("TH")[0].text) == wanted
    assert squeezed(row.parts("TD")[0].text) == wanted * 2


@pytest.mark.parametrize(
    ("text", "in_html", "in_pdf"),
    [
        ("Łódź, Åland, Αθήνα, Київ", "Łódź, Åland, Αθήνα, Київ", "Łódź, Åland, Αθήνα, Київ"),
        ("北京", "北京", "[U+5317][U+4EAC]"),
        ("שלום", "שלום", "[U+05E9][U+05DC][U+05D5][U+05DD]"),
        ("a\u202e4,21", "a[U+202E]4,21", "a[U+202E]4,21"),
        ("a\x00b\x1bc", "a[U+0000]b[U+001B]c", "a[U+0000]b[U+001B]c"),
        ("a\ud800b", "a[U+D800]b", "a[U+D800]b"),
        ("\ue000\ufffe\U000e0041", "[U+E000][U+FFFE][U+E0041]", "[U+E000][U+FFFE][U+E0041]"),
        ("12,4\u202f%", "12,4\u202f%", "12,4\u202f%"),
        ("Bahn\u00adhof a\u0308", "Bahn\u00adhof a\u0308", "Bahn\u00adhof a\u0308"),
        ("a\r\nb\rc", "a\nb\nc", "a\nb\nc"),
    ],
)
def test_no_character_vanishes(text: str, in_html: str, in_pdf: str) -> None:
    assert printable(text) == in_html
    assert settable(text) == in_pdf
    content = replace(profile(), title=f"x {text}")
    assert squeezed(in_pdf) in squeezed(read_structure(render_pdf(content)).parts("Title")[0].text)


def test_typeface_covers_what_german_reports_need() -> None:
    needed = "ÄÖÜäöüß€§%‰–—„“‚‘»«…·−×²³½≤≥→•/-'’1234567890"
    assert {ord(character) for character in needed} <= covered()
    assert not {ord(character) for character in "北ש"} & covered()


def test_every_text_of_a_content_reaches_both_files() -> None:
    """Each text of the profile, found by its type, stands in the HTML and in the PDF."""
    content = profile()
    article = squeezed("".join(read_article(render_article(content)).itertext()))
    root = read_structure(render_pdf(content))
    alternatives = "".join(item.alternative for item in root.all("Figure"))
    pdf = squeezed(root.text + alternatives)
    for text in texts_of(content):
        assert squeezed(text) in article, text
        assert squeezed(text) in pdf, text


# Not shown: codes, paths, ids of cells; an area's value is on the map, in words beside it.
_UNSHOWN = {"kind", "tone", "form", "code", "path", "cells", "language", "x", "areas", "series"}


def texts_of(value: Any) -> list[str]:
    """All texts of a content that its reader is to see."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in texts_of(item)]
    if is_dataclass(value):
        names = [item.name for item in fields(value) if item.name not in _UNSHOWN]
        if isinstance(value, Chart):
            names.remove("unit")
        return [text for name in names for text in texts_of(getattr(value, name))]
    return []
