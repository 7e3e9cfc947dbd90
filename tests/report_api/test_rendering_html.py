"""The report as HTML: its semantics, its ids, nothing a strict page would refuse."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from services.report_api.content.blocks import Content
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.palette import ACCENT
from tests.report_api.contents import HOSTILE, hostile, plain, profile
from tests.report_api.edge_contents import edges
from tests.report_api.html_reading import SVG, by_class, one, read_article, read_document, text_of

CONTENTS = pytest.mark.parametrize("content", [profile(), edges(), hostile(profile())])


@CONTENTS
@pytest.mark.parametrize("title_level", [1, 2, 3])
def test_article_is_valid_and_quiet(content: Content, title_level: int) -> None:
    """No parse error, no id twice, nothing a page's strict policy would refuse."""
    article = read_article(render_article(content, title_level))
    ids = [item.get("id", "") for item in article.iter() if "id" in item.attrib]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("qb-report-") for name in ids)
    for item in article.iter():
        assert item.tag not in {"script", "style", "link", "iframe", f"{SVG}style", f"{SVG}script"}
        assert not [name for name in item.attrib if name == "style" or name.startswith("on")]


@CONTENTS
def test_everything_referred_to_is_there(content: Content) -> None:
    text = render_article(content)
    article = read_article(text)
    ids = {item.get("id") for item in article.iter()}
    for item in article.iter():
        for name in item.get("aria-labelledby", "").split():
            assert name in ids
        target = item.get("href", item.get("{http://www.w3.org/1999/xlink}href", ""))
        assert not target or (target.startswith("#") and target[1:] in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= ids


@pytest.mark.parametrize("title_level", [1, 2, 3])
def test_headings_skip_no_level(title_level: int) -> None:
    for content in (profile(), edges()):
        article = read_article(render_article(content, title_level))
        levels = [int(item.tag[1]) for item in article.iter() if re.fullmatch("h[1-6]", item.tag)]
        assert levels[0] == title_level
        assert levels.count(title_level) == 1
        assert all(later - one <= 1 for one, later in pairwise(levels))


def test_title_level_is_checked() -> None:
    with pytest.raises(ValueError, match="level 1 to 3"):
        render_article(profile(), 4)


def test_profile_says_all_it_has_in_order() -> None:
    article = read_article(render_article(profile()))
    assert article.get("lang") == "de"
    text = text_of(article)
    wanted = (
        *("Gemeindeprofil", "Musterstadt", "Kreis Musterkreis · 48.211", "Erfundene Zahlen"),
        *("R-2026-0001", profile().fingerprint),
        *("In Musterstadt erhalten 12,4 %", "Kennzahlen", "12,0 bis 12,8 %", "kein Vergleich"),
        *("Geheim gehaltene Zahlen", "Die Quartiere", "Gebiete", "geheim", "Entwicklung"),
        *("Lücken", "Wohngeld", "Freigabe 3 vom 14.10.2026 für Öffentlichkeit"),
    )
    at = 0
    for words in wanted:
        assert words in text[at:], words
        at = text.index(words, at)


def test_tables_name_rows_and_columns() -> None:
    article = read_article(render_article(profile()))
    tables = list(article.iter("table"))
    assert len(tables) == 5
    for table in tables:
        assert text_of(one(table, "./caption")) != ""
        assert all(head.get("scope") == "col" for head in table.findall("./thead/tr/th"))
        for row in table.findall("./tbody/tr"):
            if row[0].get("scope") == "rowgroup":
                assert int(row[0].get("colspan", "")) == len(table.findall("./thead/tr/th"))
                continue
            assert [cell.tag for cell in row] == ["th"] + ["td"] * (len(row) - 1)
            assert row[0].get("scope") == "row"
            assert len(row) == len(table.findall("./thead/tr/th"))
    for region in by_class(article, "qb-report__scroll"):
        assert (region.get("tabindex"), region.get("role")) == ("0", "region")


def test_figures_are_marked_as_what_they_are() -> None:
    article = read_article(render_article(profile()))
    assert {text_of(item) for item in by_class(article, "qb-report__hidden")} == {"geheim"}
    missing = {text_of(item) for item in by_class(article, "qb-report__missing")}
    assert missing == {"k. A."}
    own = [text_of(row[0]) for row in by_class(article, "qb-report__own")]
    assert own == ["Bahnhofsviertel", "Musterstadt"]


def test_key_figures_are_one_table_by_dimension() -> None:
    article = read_article(render_article(profile()))
    (table,) = by_class(article, "qb-report__table--key")
    assert [text_of(head) for head in table.findall("./tbody/tr/th[@scope='rowgroup']")] == [
        "Grundsicherung und Einkommen",
        "Haushalte und Bevölkerung",
    ]
    heads = [text_of(head) for head in table.findall("./thead/tr/th")]
    assert heads == ["Kennzahl", "Musterstadt", "Kreis Musterkreis", "Mittlere Gemeinden"]


def test_a_title_that_names_the_template_says_it_once() -> None:
    content = replace(profile(), title="Gemeindeprofil Musterstadt")
    article = read_article(render_article(content))
    assert not by_class(article, "qb-report__template")
    assert text_of(by_class(article, "qb-report__head")[0]).count("Gemeindeprofil") == 1


def test_pictures_have_title_and_alternative() -> None:
    article = read_article(render_article(profile()))
    figures = list(article.iter("figure"))
    assert len(figures) == 3
    for figure in figures:
        picture = next(item for item in figure.iter(f"{SVG}svg") if item.get("role") == "img")
        title, description = picture.get("aria-labelledby", "").split()
        named = {item.get("id"): text_of(item) for item in picture}
        assert named[title] == text_of(by_class(figure, "qb-report__caption")[0])
        assert len(named[description]) > 40


def test_syntax_is_shown_as_text() -> None:
    text = render_article(hostile(profile()))
    assert "<script" not in text
    article = read_article(text)
    for name in ("title", "subtitle", "mark", "lead", "heading"):
        assert text_of(by_class(article, f"qb-report__{name}")[0]) == HOSTILE


def test_document_stands_alone() -> None:
    data = render_document(profile())
    root = read_document(data)
    text = data.decode()
    assert root.get("lang") == "de"
    assert text_of(one(root, "./head/title")) == "Musterstadt – Gemeindeprofil"
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", text)
    assert text.count("data:font/woff2;base64,") == 3
    assert ACCENT in text
    policy = one(root, "./head/meta[@http-equiv]").get("content", "")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_document_survives_syntax_in_what_its_style_says() -> None:
    """Title and marks also stand in the style sheet, for printed pages."""
    root = read_document(render_document(hostile(profile())))
    assert [item.tag for item in root] == ["head", "body"]
    assert len(root.findall("./head/style")) == 1
    assert not root.findall(".//script")
    assert "</style" not in text_of(one(root, "./head/style"))


def test_same_text_each_time() -> None:
    assert render_document(profile()) == render_document(profile())
    assert render_article(plain()) == render_article(plain())
