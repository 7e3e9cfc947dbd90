"""Maps as SVG, drawn by the code that draws the map page's."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.report_api.content.blocks import Choropleth
from services.shared.choropleth import (
    PictureText,
    Shape,
    draw_choropleth,
    draw_outline_swatch,
    draw_swatch,
)
from services.shared.typesetting.characters import printable


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A row of a map's legend: its sign as SVG, its words, how many areas (None: not a class)."""

    sign: str
    text: str
    count: int | None


# Article, file and PDF show the very same picture; it is drawn once for the three.
@lru_cache(maxsize=4)
def map_svg(choropleth: Choropleth, id_prefix: str = "") -> str:
    """The map as an <svg> element. Raises ValueError when there is no area to draw."""
    if not any(area.path.strip() for area in choropleth.areas):
        raise ValueError(f"the map „{choropleth.title}“ has no area to draw")
    shapes = [
        Shape(
            name=printable(area.name),
            path=area.path,
            class_index=area.class_index,
            is_hidden=area.is_hidden,
            text=printable(area.text),
            is_emphasised=area.is_emphasised,
        )
        for area in choropleth.areas
    ]
    words = PictureText(printable(choropleth.title), printable(choropleth.alternative))
    size = (choropleth.width, choropleth.height)
    return draw_choropleth(shapes, choropleth.classes, size, words, id_prefix=id_prefix)


def legend_rows(choropleth: Choropleth, id_prefix: str = "") -> Iterator[LegendRow]:
    """The legend's rows in order, at the end the outlined areas by name."""
    for number, entry in enumerate(choropleth.legend):
        sign = draw_swatch(
            entry.class_index,
            choropleth.classes,
            is_hidden=entry.is_hidden,
            id_prefix=f"{id_prefix}{number}-",
        )
        yield LegendRow(sign, entry.text, entry.count)
    outlined = [area.name for area in choropleth.areas if area.is_emphasised]
    if outlined:
        yield LegendRow(draw_outline_swatch(), ", ".join(outlined), None)
