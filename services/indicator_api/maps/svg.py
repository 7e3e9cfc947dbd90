"""A choropleth as SVG: its paths come from PostGIS, its words from the figures."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

# One hue, light to dark: legible in grey and with every kind of colour vision.
CLASS_COLOURS = ("#e6ecf9", "#b9caee", "#7f9ddb", "#4568bd", "#17357f")
MISSING_COLOUR = "#dddddd"
BORDER_COLOUR = "#ffffff"
HATCH_COLOUR = "#6b6f7b"


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """An area as a path in pixels, with its figure's class (None: hidden or missing)."""

    name: str
    path: str
    class_index: int | None
    is_hidden: bool
    text: str


@dataclass(frozen=True, slots=True)
class MapText:
    """The map's title and its text alternative."""

    title: str
    description: str


def colour_of(index: int, classes: int) -> str:
    """The colour of a class, the palette stretched over the classes there are."""
    last = len(CLASS_COLOURS) - 1
    return CLASS_COLOURS[last if classes <= 1 else round(index * last / (classes - 1))]


def draw_map(
    areas: list[DrawnArea], classes: int, width: float, height: float, words: MapText
) -> bytes:
    """The SVG document (UTF-8). Presentation attributes only: it holds no style or script."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(words.title)}</title>',
        f'<desc id="desc">{escape(words.description)}</desc>',
        '<defs><pattern id="hidden" width="5" height="5" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="5" height="5" fill="#ffffff"/>'
        f'<rect width="1.5" height="5" fill="{HATCH_COLOUR}"/></pattern></defs>',
        f'<g stroke="{BORDER_COLOUR}" stroke-width="0.6" stroke-linejoin="round">',
    ]
    for area in areas:
        if area.is_hidden:
            fill = "url(#hidden)"
        elif area.class_index is None:
            fill = MISSING_COLOUR
        else:
            fill = colour_of(area.class_index, classes)
        label = escape(f"{area.name}: {area.text}")
        parts.append(f'<path fill="{fill}" d="{area.path}"><title>{label}</title></path>')
    parts.append("</g></svg>")
    return "".join(parts).encode()
