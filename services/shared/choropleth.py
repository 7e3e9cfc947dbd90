"""A choropleth as SVG: paths come from PostGIS, words from the figures. Page and file draw with it.

The picture is complete by its presentation attributes alone: shown inside a page with a strict
policy or set into a PDF, it needs no style sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

# One hue, light to dark: legible in grey and with every kind of colour vision.
CLASS_COLOURS = ("#e6ecf9", "#b9caee", "#7f9ddb", "#4568bd", "#17357f")
MISSING_COLOUR = "#dddddd"
BORDER_COLOUR = "#ffffff"
HATCH_COLOUR = "#6b6f7b"
OUTLINE_COLOUR = "#131525"
# Around all shapes, so that the palest class does not melt into the paper.
RIM_COLOUR = "#8187a7"

# On a dark page more is lighter, so that low values sink into the ground there as well. Only
# readers that know the page's colour scheme use this; paper and reports keep the attributes.
_DARK_STYLE = (
    "<style>@media (prefers-color-scheme: dark) {"
    ".c0{fill:#1c2746}.c1{fill:#2c448a}.c2{fill:#4a6bc4}.c3{fill:#86a3e8}.c4{fill:#d3dffa}"
    ".m{fill:#3a3d44}.p{fill:#0a0c16}.h{fill:#8f94a3}.b{stroke:#0a0c16}.r{stroke:#5b6185}"
    ".o{stroke:#ffffff}.u{stroke:#0a0c16}}</style>"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as a path in pixels, with its figure's class (None: hidden or missing)."""

    name: str
    path: str
    class_index: int | None
    is_hidden: bool
    text: str
    is_emphasised: bool = False


@dataclass(frozen=True, slots=True)
class PictureText:
    """The picture's title and its text alternative."""

    title: str
    description: str


def draw_choropleth(
    shapes: Sequence[Shape],
    classes: int,
    size: tuple[float, float],
    words: PictureText,
    *,
    id_prefix: str = "",
    follows_dark_pages: bool = False,
) -> str:
    """The SVG element of width × height pixels; emphasised shapes are outlined on top.

    `id_prefix` keeps the ids apart where several pictures stand in one page.
    `follows_dark_pages` adds the one <style> that knows a page's colour scheme.
    """
    width, height = size
    fills = "".join(_filled(shape, classes, id_prefix) for shape in shapes)
    outlines = "".join(_outline(shape.path) for shape in shapes if shape.is_emphasised)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img"'
        f' aria-labelledby="{id_prefix}title {id_prefix}desc">'
        f'<title id="{id_prefix}title">{escape(words.title)}</title>'
        f'<desc id="{id_prefix}desc">{escape(words.description)}</desc>'
        f"{_DARK_STYLE if follows_dark_pages else ''}"
        f"<defs>{_hatch(id_prefix)}"
        f'<g id="{id_prefix}shapes" fill-rule="evenodd" stroke-linejoin="round">{fills}</g></defs>'
        f'<use class="r" href="#{id_prefix}shapes" stroke="{RIM_COLOUR}" stroke-width="2"/>'
        f'<use class="b" href="#{id_prefix}shapes" stroke="{BORDER_COLOUR}" stroke-width="0.8"/>'
        f"{outlines}</svg>"
    )


def draw_swatch(class_index: int | None, classes: int, *, is_hidden: bool, id_prefix: str) -> str:
    """The legend's sign of a class, of hidden or of missing figures: 18 × 12 pixels, decorative."""
    hatch = f"<defs>{_hatch(id_prefix)}</defs>" if is_hidden else ""
    paint = _paint(class_index, classes, is_hidden, id_prefix)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 12" width="18" height="12"'
        f' aria-hidden="true">{hatch}<rect {paint} x="0.5" y="0.5" width="17" height="11"'
        f' stroke="{RIM_COLOUR}" stroke-width="1"/></svg>'
    )


def draw_outline_swatch() -> str:
    """The legend's sign of the emphasised shape: 18 × 12 pixels, decorative."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 12" width="18" height="12"'
        ' aria-hidden="true"><rect x="1.5" y="1.5" width="15" height="9" fill="none"'
        f' stroke="{OUTLINE_COLOUR}" stroke-width="2.4"/></svg>'
    )


def _step(index: int, classes: int) -> int:
    """The colour of a class: the palette is stretched over the classes there are."""
    last = len(CLASS_COLOURS) - 1
    return last if classes <= 1 else round(index * last / (classes - 1))


def _hatch(id_prefix: str) -> str:
    return (
        f'<pattern id="{id_prefix}hidden" width="5" height="5" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="p" width="5" height="5" fill="#ffffff"/>'
        f'<rect class="h" width="1.5" height="5" fill="{HATCH_COLOUR}"/></pattern>'
    )


def _paint(class_index: int | None, classes: int, is_hidden: bool, id_prefix: str) -> str:
    if is_hidden:
        return f'fill="url(#{id_prefix}hidden)"'
    if class_index is None:
        return f'class="m" fill="{MISSING_COLOUR}"'
    step = _step(class_index, classes)
    return f'class="c{step}" fill="{CLASS_COLOURS[step]}"'


def _filled(shape: Shape, classes: int, id_prefix: str) -> str:
    paint = _paint(shape.class_index, classes, shape.is_hidden, id_prefix)
    label = escape(f"{shape.name}: {shape.text}")
    return f'<path {paint} d="{escape(shape.path, _QUOTE)}"><title>{label}</title></path>'


def _outline(path: str) -> str:
    line = 'fill="none" stroke-linejoin="round"'
    data = escape(path, _QUOTE)
    return (
        f'<path class="u" {line} stroke="{BORDER_COLOUR}" stroke-width="4.6" d="{data}"/>'
        f'<path class="o" {line} stroke="{OUTLINE_COLOUR}" stroke-width="2.4" d="{data}"/>'
    )


_QUOTE = {'"': "&quot;"}
