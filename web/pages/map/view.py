"""The map page as its template needs it: every text made, nothing left to compute."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from web.clients.indicator_types import (
    Indicator,
    Observation,
    Observations,
    ObservedIndicator,
    Source,
)
from web.figures import POLARITY_WORDS, figure_with_unit, signs_used
from web.format import day, number
from web.pages.indicators.address import COUNTS, METHODS
from web.pages.map.address import FICTIONAL_KREIS, LAND, MapAddress
from web.pages.map.choice import Choice, choose
from web.pages.map.legend import Legend, make_legend
from web.pages.map.reading import MapReading
from web.pages.map.table import Table, make_table
from web.panels import Panel
from web.periods import name_periods
from web.series import Place, SeriesView, by_area_and_period, make_series
from web.sources import in_short, told_apart, uncertainty_words

Options = list[tuple[str, str]]
GroupedOptions = list[tuple[str, Options]]

LIMITS_ERROR = (
    "Geben Sie bis zu vier Grenzen als Zahlen an, durch Strichpunkt getrennt. Gezeigt werden "
    "Quantile."
)
FORMS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "geojson": "GeoJSON"}

WIDEST_BOUNDS = "5.8,50.3,9.5,52.6"
"""West, south, east, north of the Land, for a register that has no outlines."""


@dataclass(frozen=True, slots=True)
class Inset:
    """The fictional Kreis beside the Land: its image and the way to its own map."""

    image: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class MapView:
    """What the page shows for one choice."""

    address: MapAddress
    choice: Choice
    title: str
    lead: str
    direction: str
    announcement: str
    indicators: GroupedOptions
    periods: Options
    periods_note: str
    levels: Options
    regions: Options
    legend: Legend
    steps: str
    table: Table
    signs: list[tuple[str, str]]
    sources: tuple[Source, ...]
    source: str
    uncertainty: list[str]
    boundaries: str
    image: str
    image_text: str
    tiles: str
    bounds: str
    files: list[tuple[str, str]]
    methods: Options
    counts: Options
    limits_error: str | None
    stand: str
    hints: list[str]
    is_fictional: bool
    inset: Inset | None
    series: SeriesView | None
    series_failure: str | None
    series_files: list[tuple[str, str]]


def make_view(reading: MapReading) -> MapView | None:
    """The view of a reading; None where nothing has been released."""
    choice, shown = reading.choice, reading.observations
    if choice is None or shown is None:
        return None
    address, indicator = reading.address, choice.indicator
    legend = make_legend(shown.classes, shown.items, indicator.decimals)
    title = f"{indicator.name}, {choice.period.label or choice.period.code}"
    if address.valid_on:
        title = f"{title} (Gebietsstand {day(address.valid_on)})"
    given = {"ebene": address.level, "gebiet": address.region, **address.view_parameters()}
    query = urlencode({name: value for name, value in given.items() if value})
    periods = name_periods([period.code for period in choice.periods])
    series, failure = _series(reading.series, indicator, address)
    return MapView(
        address=address,
        choice=choice,
        title=title,
        lead=_lead(indicator, choice, shown),
        direction=POLARITY_WORDS[indicator.polarity],
        announcement=f"Die Karte zeigt: {title}, {_amount(shown, choice)}.",
        indicators=group_by_dimension(reading.indicators),
        periods=list(periods.names.items()),
        periods_note=periods.common,
        levels=[(level.code, level.label) for level in choice.levels],
        regions=_regions(reading),
        legend=legend,
        steps=",".join(str(entry.step) for entry in legend.classes),
        table=make_table(address, indicator, shown),
        signs=signs_used([*shown.items, *shown.comparison]),
        sources=told_apart(shown.sources),
        source=in_short(shown.sources),
        uncertainty=uncertainty_words(shown),
        boundaries=(reading.region.attribution or "") if reading.region else "",
        image=f"{_figures_path('/karte/bild', address)}.svg?{query}",
        image_text=_image_text(title, legend, shown, choice),
        tiles=f"{_figures_path('/kacheln', address)}/{{z}}/{{x}}/{{y}}.mvt?{query}",
        bounds=_bounds(reading),
        files=_files(address),
        methods=list(METHODS.items()),
        counts=[(str(count), f"{count} Klassen") for count in COUNTS],
        limits_error=LIMITS_ERROR if address.has_bad_limits else None,
        stand=f"Gebietsstand {day(address.valid_on)}" if address.valid_on else "",
        hints=_hints(shown),
        is_fictional=choice.is_fictional,
        inset=_inset(reading.indicators, choice, address),
        series=series,
        series_failure=failure,
        series_files=_series_files(reading.series, address),
    )


def _files(address: MapAddress) -> list[tuple[str, str]]:
    """The figures as files: label and address, without what only orders the page."""
    plain = address.change(
        sort="name", is_descending=False, places=(), method="quantile", count=5, limits_text=""
    )
    return [(label, plain.url(f"/karte/zahlen.{form}")) for form, label in FORMS.items()]


def _series_files(read: Panel[Observations] | None, address: MapAddress) -> list[tuple[str, str]]:
    """The courses that are drawn as files, over all periods: label and address."""
    items = read.value.items if read and read.value else ()
    codes = ",".join(dict.fromkeys(item.area for item in items))
    if not codes:
        return []
    given = {"stand": address.valid_on, "umfang": "verlauf", "orte": codes}
    query = urlencode({name: value for name, value in given.items() if value})
    path = f"/indikatoren/{quote(address.indicator, safe='')}/zahlen"
    return [(label, f"{path}.{form}?{query}") for form, label in FORMS.items() if form != "geojson"]


def _hints(shown: Observations) -> list[str]:
    """What the service remarks on the figures and the areas, each once."""
    return list(dict.fromkeys(note.detail for note in shown.notes if note.detail))


def group_by_dimension(indicators: tuple[Indicator, ...]) -> GroupedOptions:
    """Indicators with figures, as options under their dimensions."""
    groups: dict[str, Options] = {}
    for indicator in indicators:
        if indicator.coverage:
            label = indicator.dimension.label if indicator.dimension else "Weitere"
            groups.setdefault(label, []).append(
                (indicator.code, indicator.short_name or indicator.name)
            )
    return list(groups.items())


def _series(
    read: Panel[Observations] | None, indicator: Indicator, address: MapAddress
) -> tuple[SeriesView | None, str | None]:
    """The chosen places over time, what they are compared with after them; or why not."""
    if read is None:
        return None, None
    if read.value is None:
        return None, read.failure
    names = {item.area: item.name for item in read.value.items}
    codes = dict.fromkeys([*(code for code in address.places if code in names), *names])
    places = [Place(code, names[code], code not in address.places) for code in codes]
    observed = ObservedIndicator.model_validate(indicator.model_dump())
    figures = by_area_and_period(read.value.items)
    return make_series(figures, places, observed, read.value.breaks, id="verlauf"), None


def _lead(indicator: Indicator, choice: Choice, shown: Observations) -> str:
    """The answer in two sentences: the whole, and from where to where its parts reach."""
    valued = [item for item in shown.items if item.value is not None]
    sentences = []
    if shown.comparison:
        whole = shown.comparison[0]
        sentences.append(f"{whole.name}: {_words(whole, indicator)}.")
    if len(valued) > 1:
        lowest = min(valued, key=lambda item: item.value or 0.0)
        highest = max(valued, key=lambda item: item.value or 0.0)
        sentences.append(
            f"{choice.level.label}: von {number(lowest.value, indicator.decimals)} "
            f"({lowest.name}) bis {number(highest.value, indicator.decimals)} ({highest.name})."
        )
    return " ".join(sentences)


def _words(item: Observation, indicator: Indicator) -> str:
    return figure_with_unit(item, indicator.decimals, indicator.unit)


def _amount(shown: Observations, choice: Choice) -> str:
    return f"{len(shown.items)} Gebiete der Ebene {choice.level.label}"


def _image_text(title: str, legend: Legend, shown: Observations, choice: Choice) -> str:
    parts = [f"Karte: {title}, {_amount(shown, choice)}."]
    if legend.hidden:
        parts.append(f"{legend.hidden} geheim.")
    if legend.missing:
        parts.append(f"{legend.missing} ohne Angabe.")
    return " ".join([*parts, "Alle Werte stehen in der Tabelle."])


def _regions(reading: MapReading) -> Options:
    return [
        (area.code, f"{area.name} (erfunden)" if area.is_fictional else area.name)
        for area in reading.regions
    ]


def _bounds(reading: MapReading) -> str:
    for area in (reading.closer, reading.region):
        if area is not None and area.bbox is not None:
            return ",".join(f"{corner:.4f}" for corner in area.bbox)
    return WIDEST_BOUNDS


def _figures_path(start: str, address: MapAddress) -> str:
    return f"{start}/{quote(address.indicator, safe='')}/{quote(address.period, safe='')}"


def _inset(indicators: tuple[Indicator, ...], choice: Choice, address: MapAddress) -> Inset | None:
    """The fictional Kreis beside the Land: the same indicator, else one that it has.

    The finest level is shown; it stands apart with classes of its own.
    """
    invented = [item for item in indicators if any(c.is_fictional for c in item.coverage)]
    if choice.region != LAND or not invented:
        return None
    same = next((item for item in invented if item.code == choice.indicator.code), None)
    shown = same or next((item for item in invented if item.polarity == "worse"), invented[0])
    there = choose(
        indicators, MapAddress(indicator=shown.code, period=address.period, region=FICTIONAL_KREIS)
    )
    if there is None or not there.is_fictional:
        return None
    other = MapAddress(
        indicator=shown.code,
        period=there.period.code,
        level=there.level.code,
        region=FICTIONAL_KREIS,
    )
    query = urlencode({"ebene": other.level, "gebiet": other.region, "breite": 300})
    return Inset(
        image=f"{_figures_path('/karte/bild', other)}.svg?{query}",
        path=other.url(),
        text=f"Musterkreis: {shown.name}, {there.level.label}, {there.period.label}",
    )
