"""The preview of an import as SVG: areas outlined, what was found marked by hatch and by ring.

Complete by presentation attributes alone; the one <style> only knows dark pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from services.indicator_api.area_imports.words import counted

AREA_FILL, AREA_LINE = "#e6ecf9", "#4568bd"
FRAME_LINE = "#131525"
_QUOTE = {'"': "&quot;"}
# below this size in pixels a place is ringed, or nobody would see it
_RINGED_BELOW = 12.0
_RING_RADIUS = 8.0


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """How places of a layer are drawn: colour, direction of the hatch, words in the legend."""

    colour: str
    dark_colour: str
    angle: int
    singular: str
    plural: str


MARKS: dict[str, MarkStyle] = {
    "repaired": MarkStyle("#00695c", "#5fd0c0", 90, "berichtigter Rand", "berichtigte Ränder"),
    "gap": MarkStyle("#a34a00", "#ffb070", 45, "Lücke", "Lücken"),
    "overlap": MarkStyle("#a3144b", "#ff8db4", 0, "Überschneidung", "Überschneidungen"),
    "outside": MarkStyle("#5b3a8e", "#c3a6f2", 135, "Stelle außerhalb", "Stellen außerhalb"),
}


@dataclass(frozen=True, slots=True)
class DrawnShape:
    """A shape in pixels: its path, middle and larger extent."""

    layer: str
    name: str
    path: str
    x: float
    y: float
    extent: float


def draw_preview(
    shapes: Sequence[DrawnShape], frame: str | None, size: tuple[float, float], title: str
) -> str:
    """The SVG element; `frame` is the path of the border above, drawn as a dashed line."""
    width, height = size
    areas = [shape for shape in shapes if shape.layer == "area"]
    marks = [shape for shape in shapes if shape.layer in MARKS]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img" aria-labelledby="title desc">'
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="desc">{escape(describe(shapes))}</desc>'
        f"{_dark_style()}<defs>{''.join(_hatch(layer) for layer in MARKS)}</defs>"
        f'<g fill="{AREA_FILL}" stroke="{AREA_LINE}" stroke-width="0.8" stroke-linejoin="round"'
        f' fill-rule="evenodd" class="a">{"".join(_area(shape) for shape in areas)}</g>'
        f"{_frame(frame)}{''.join(_mark(shape) for shape in marks)}</svg>"
    )


def describe(shapes: Sequence[DrawnShape]) -> str:
    """The text alternative: how many areas, and what is marked."""
    areas = sum(shape.layer == "area" for shape in shapes)
    sentences = [f"Karte mit {counted(areas, 'Gebiet', 'Gebieten')}."]
    for layer, style in MARKS.items():
        number = sum(shape.layer == layer for shape in shapes)
        if number:
            sentences.append(f"Gekennzeichnet: {counted(number, style.singular, style.plural)}.")
    if len(sentences) == 1:
        sentences.append("Nichts ist gekennzeichnet.")
    return " ".join(sentences)


def draw_mark_swatch(layer: str) -> str:
    """The legend's sign of a layer of places: 22 × 14 pixels, decorative."""
    style = MARKS[layer]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 14" width="22" height="14"'
        f' aria-hidden="true"><defs>{_hatch(layer)}</defs><rect x="1" y="1" width="20" height="12"'
        f' fill="url(#h-{layer})" stroke="{style.colour}" stroke-width="1.5"/></svg>'
    )


def _dark_style() -> str:
    rules = "".join(
        f".m-{layer}{{stroke:{style.dark_colour}}}.h-{layer}{{fill:{style.dark_colour}}}"
        for layer, style in MARKS.items()
    )
    return (
        "<style>@media (prefers-color-scheme: dark){"
        f".a{{fill:#1c2746;stroke:#86a3e8}}.f{{stroke:#ffffff}}{rules}}}</style>"
    )


def _hatch(layer: str) -> str:
    style = MARKS[layer]
    return (
        f'<pattern id="h-{layer}" width="5" height="5" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate({style.angle})"><rect class="h-{layer}" width="2" height="5"'
        f' fill="{style.colour}"/></pattern>'
    )


def _area(shape: DrawnShape) -> str:
    return f'<path d="{escape(shape.path, _QUOTE)}"><title>{escape(shape.name)}</title></path>'


def _frame(path: str | None) -> str:
    if path is None:
        return ""
    return (
        f'<path class="f" d="{escape(path, _QUOTE)}" fill="none" stroke="{FRAME_LINE}"'
        ' stroke-width="1.6" stroke-dasharray="6 3" stroke-linejoin="round"/>'
    )


def _mark(shape: DrawnShape) -> str:
    style = MARKS[shape.layer]
    label = f"<title>{escape(shape.name)}</title>"
    line = f'class="m-{shape.layer}" stroke="{style.colour}"'
    drawn = (
        f'<path {line} d="{escape(shape.path, _QUOTE)}" fill="url(#h-{shape.layer})"'
        f' fill-rule="evenodd" stroke-width="1.2">{label}</path>'
    )
    if shape.extent >= _RINGED_BELOW:
        return drawn
    return drawn + (
        f'<circle {line} cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{_RING_RADIUS:g}" fill="none"'
        f' stroke-width="2">{label}</circle>'
    )
