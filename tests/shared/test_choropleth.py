"""The drawing of maps that page and report share."""

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from services.shared.choropleth import (
    CLASS_COLOURS,
    OUTLINE_COLOUR,
    PictureText,
    Shape,
    draw_choropleth,
    draw_outline_swatch,
    draw_swatch,
)

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = (
    Shape("Nord", "M0 0h10v10z", 0, False, "3,1 %"),
    Shape("Süd & <Ost>", "M10 0h10v10z", 1, False, "9,9 %", is_emphasised=True),
    Shape("West", "M0 10h10v10z", None, True, "geheim"),
    Shape("Mitte", "M10 10h10v10z", None, False, "keine Angabe"),
)
WORDS = PictureText("Quote, 2023", 'Vier Gebiete, "eines" ist geheim.')


def drawn(**options: object) -> Element:
    svg = draw_choropleth(SHAPES, 2, (40, 30.5), WORDS, **options)  # type: ignore[arg-type]
    return ElementTree.fromstring(svg)  # noqa: S314 - made by the code under test


def test_each_shape_has_its_colour_and_its_words() -> None:
    paths = [path for path in drawn().iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
    assert [path.get("fill") for path in paths] == [
        CLASS_COLOURS[0],
        CLASS_COLOURS[-1],
        "url(#hidden)",
        "#dddddd",
    ]
    assert [path[0].text for path in paths][1:3] == ["Süd & <Ost>: 9,9 %", "West: geheim"]


def test_emphasised_shape_is_outlined_on_top() -> None:
    last = list(drawn())[-1]
    assert last.get("stroke") == OUTLINE_COLOUR
    assert (last.get("fill"), last.get("d")) == ("none", "M10 0h10v10z")


def test_title_and_description_name_the_picture() -> None:
    root = drawn(id_prefix="a-")
    assert root.get("aria-labelledby") == "a-title a-desc"
    named = {child.get("id"): child.text for child in root}
    assert named["a-title"] == WORDS.title
    assert named["a-desc"] == WORDS.description
    assert (root.get("width"), root.get("height")) == ("40", "30.5")


@pytest.mark.parametrize("prefix", ["", "qb-report-3-"])
def test_ids_are_kept_apart_and_all_found(prefix: str) -> None:
    svg = draw_choropleth(SHAPES, 2, (40, 30), WORDS, id_prefix=prefix)
    ids = set(re.findall(r' id="([^"]+)"', svg))
    assert ids == {f"{prefix}{name}" for name in ("title", "desc", "hidden", "shapes")}
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg)) <= ids


def test_style_only_for_dark_pages() -> None:
    assert drawn().find(f"{SVG}style") is None
    style = drawn(follows_dark_pages=True).find(f"{SVG}style")
    assert style is not None
    assert (style.text or "").startswith("@media (prefers-color-scheme: dark)")


def test_signs_of_the_legend_are_painted_alike() -> None:
    assert f'fill="{CLASS_COLOURS[2]}"' in draw_swatch(1, 3, is_hidden=False, id_prefix="a-")
    assert 'fill="url(#a-hidden)"' in draw_swatch(None, 3, is_hidden=True, id_prefix="a-")
    assert 'fill="#dddddd"' in draw_swatch(None, 3, is_hidden=False, id_prefix="a-")
    assert OUTLINE_COLOUR in draw_outline_swatch()
