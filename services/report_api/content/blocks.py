"""What a report says, as typed blocks: written once, rendered as HTML and as PDF.

Every text is plain text: a renderer shows each character of it, whatever it means in HTML or
Typst. Figures stand as they are shown („12,4 %“, „geheim“); whoever needs the numbers behind
them reads the snapshot, by `cells`.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it is shown.

    `text` is the value with its unit, or the word for why there is none; `interval` such as
    „11,8 bis 13,1 %“ or empty; `cells` the ids of the snapshot's cells it was made from.
    """

    text: str
    is_hidden: bool = False
    is_missing: bool = False
    interval: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a chapter (the report's title is above it)."""

    text: str
    level: Literal[1, 2] = 1
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `is_lead` for the sentence that answers the report's question."""

    text: str
    is_lead: bool = False
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Notice:
    """A box: „invented“ above figures that are none, „hidden“ where figures are protected."""

    title: str
    text: str
    tone: Literal["invented", "hidden", "gap", "info"]
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same figure elsewhere: „Kreis Musterkreis“, 10,1 %."""

    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure with what it means. `sources` are numbers in the list of sources (from 1)."""

    label: str
    figure: Figure
    period: str
    comparisons: tuple[Comparison, ...]
    sources: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Several key figures of one dimension, each beside its comparisons.

    `area` names the place reported on, as the head of its column.
    """

    title: str
    items: tuple[KeyFigure, ...]
    area: str = ""
    kind: Literal["key_figures"] = "key_figures"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head; `unit` stands under it, and then not in the column's cells."""

    label: str
    unit: str = ""
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its head (the area, the period), its cells, and whether it is the one reported on."""

    head: str
    cells: tuple[Figure, ...]
    is_emphasised: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures. `columns[0]` heads the row heads; notes stand below it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sources: tuple[int, ...]
    notes: tuple[str, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class MapArea:
    """An area of a map as a path in pixels; `class_index` None: hidden or missing."""

    code: str
    name: str
    path: str
    text: str
    class_index: int | None
    is_hidden: bool
    is_emphasised: bool = False


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A class of a map („8,2 bis 9,9 %“) and how many areas are in it.

    `class_index` as in `MapArea`; for the others `is_hidden` or neither (no figure).
    """

    text: str
    count: int
    class_index: int | None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Choropleth:
    """A map: title, text alternative written from the figures, areas, legend. Sizes in pixels."""

    title: str
    alternative: str
    areas: tuple[MapArea, ...]
    legend: tuple[LegendEntry, ...]
    classes: int
    width: int
    height: float
    sources: tuple[int, ...]
    note: str = ""
    kind: Literal["choropleth"] = "choropleth"


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A point of a line or a bar; `value` None where the figure is hidden or missing."""

    x: str
    value: float | None


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """The points of one area, in the order they are drawn; lines share the same `x`."""

    name: str
    points: tuple[ChartPoint, ...]
    is_emphasised: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its numbers as a table; `form` line over periods or bar over areas."""

    title: str
    alternative: str
    form: Literal["line", "bar"]
    unit: str
    decimals: int
    series: tuple[ChartSeries, ...]
    table: Table
    sources: tuple[int, ...]
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset behind the figures, at the release they were read from."""

    number: int
    title: str
    attribution: str
    licence: str
    periods: str
    release_number: int
    released_on: str
    audience: str
    is_fictional: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """The list of sources that the numbers in the other blocks refer to."""

    items: tuple[Source, ...]
    kind: Literal["sources"] = "sources"


Block = Heading | Paragraph | Notice | KeyFigures | Table | Choropleth | Chart | Sources


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report: what stands on its title, then its blocks.

    `marks` are short warnings repeated on every page („Erfundene Zahlen“). `created_on` and
    `fingerprint` identify the snapshot; `timestamp` (UTC seconds) is the file's date.
    """

    title: str
    subtitle: str
    template: str
    reference: str
    created_on: str
    fingerprint: str
    timestamp: int
    publisher: str
    blocks: tuple[Block, ...]
    marks: tuple[str, ...] = field(default=())
    language: str = "de"
