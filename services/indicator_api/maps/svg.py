"""A choropleth as SVG: its paths come from PostGIS, its words from the figures."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

# One hue, light to dark: legible in grey and with every kind of colour vision.
CLASS_COLOURS = ("#e6ecf9", "#b9caee", "#7f9ddb", "#4568bd", "#17357f")
MISSING_COLOUR = "#dddddd"
BORDER_COLOUR = "#ffffff"
HATCH_COLOUR = "#6b6f7b"

# On a dark page more is lighter, so that low values sink into the ground there as well. Only
# readers that know the page's colour scheme use this; paper and reports keep the attributes.
DARK_STYLE = (
    "@media (prefers-color-scheme: dark) {"
    ".c0{fill:#1c2746}.c1{fill:#2c448a}.c2{fill:#4a6bc4}.c3{fill:#86a3e8}.c4{fill:#d3dffa}"
    ".m{fill:#3a3d44}.p{fill:#0a0c16}.h{fill:#8f94a3}.b{stroke:#0a0c16}}"
)


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


def _step(index: int, classes: int) -> int:
    """The colour of a class: the palette is stretched over the classes there are."""
    last = len(CLASS_COLOURS) - 1
    return last if classes <= 1 else round(index * last / (classes - 1))


def draw_map(
    areas: list[DrawnArea], classes: int, width: float, height: float, words: MapText
) -> bytes:
    """The SVG document (UTF-8), complete by its attributes; its style only knows dark pages."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(words.title)}</title>',
        f'<desc id="desc">{escape(words.description)}</desc>',
        f"<style>{DARK_STYLE}</style>",
        '<defs><pattern id="hidden" width="5" height="5" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="p" width="5" height="5" fill="#ffffff"/>'
        f'<rect class="h" width="1.5" height="5" fill="{HATCH_COLOUR}"/></pattern></defs>',
        f'<g class="b" stroke="{BORDER_COLOUR}" stroke-width="0.6" stroke-linejoin="round">',
    ]
    for area in areas:
        if area.is_hidden:
            paint = 'fill="url(#hidden)"'
        elif area.class_index is None:
            paint = f'class="m" fill="{MISSING_COLOUR}"'
        else:
            step = _step(area.class_index, classes)
            paint = f'class="c{step}" fill="{CLASS_COLOURS[step]}"'
        label = escape(f"{area.name}: {area.text}")
        parts.append(f'<path {paint} d="{area.path}"><title>{label}</title></path>')
    parts.append("</g></svg>")
    return "".join(parts).encode()
