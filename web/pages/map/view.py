"""The map page as its template needs it: every text made, nothing left to compute."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from web.clients.indicator_types import Indicator, Observation, Observations, Source
from web.figures import POLARITY_WORDS, figure_with_unit, signs_used
from web.format import number
from web.pages.map.address import FICTIONAL_KREIS, LAND, MapAddress
from web.pages.map.choice import Choice, choose
from web.pages.map.legend import Legend, make_legend
from web.pages.map.reading import MapReading
from web.pages.map.series import SeriesView, make_series
from web.pages.map.table import Table, make_table
from web.panels import Panel

Options = list[tuple[str, str]]
GroupedOptions = list[tuple[str, Options]]

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
    levels: Options
    regions: Options
    legend: Legend
    table: Table
    signs: list[tuple[str, str]]
    sources: tuple[Source, ...]
    uncertainty: list[str]
    boundaries: str
    image: str
    image_text: str
    tiles: str
    bounds: str
    csv: str
    is_fictional: bool
    inset: Inset | None
    series: SeriesView | None
    series_failure: str | None


def make_view(reading: MapReading) -> MapView | None:
    """The view of a reading; None where nothing has been released."""
    choice, shown = reading.choice, reading.observations
    if choice is None or shown is None:
        return None
    address, indicator = reading.address, choice.indicator
    legend = make_legend(shown.classes, shown.items, indicator.decimals)
    title = f"{indicator.name}, {choice.period.label or choice.period.code}"
    query = urlencode({"ebene": address.level, "gebiet": address.region})
    series, failure = _series(reading.series, indicator, address)
    return MapView(
        address=address,
        choice=choice,
        title=title,
        lead=_lead(indicator, choice, shown),
        direction=POLARITY_WORDS[indicator.polarity],
        announcement=f"Die Karte zeigt: {title}, {_amount(shown, choice)}.",
        indicators=group_by_dimension(reading.indicators),
        periods=[(period.code, period.label or period.code) for period in choice.periods],
        levels=[(level.code, level.label) for level in choice.levels],
        regions=_regions(reading),
        legend=legend,
        table=make_table(address, indicator, shown),
        signs=signs_used([*shown.items, *shown.comparison]),
        sources=shown.sources,
        uncertainty=uncertainty_words(shown),
        boundaries=(reading.region.attribution or "") if reading.region else "",
        image=f"{_figures_path('/karte/bild', address)}.svg?{query}",
        image_text=_image_text(title, legend, shown, choice),
        tiles=f"{_figures_path('/kacheln', address)}/{{z}}/{{x}}/{{y}}.mvt?{query}",
        bounds=_bounds(reading),
        csv=address.change(sort="name", is_descending=False, places=()).url("/karte/zahlen.csv"),
        is_fictional=choice.is_fictional,
        inset=_inset(reading.indicators, choice, address),
        series=series,
        series_failure=failure,
    )


def group_by_dimension(indicators: tuple[Indicator, ...]) -> GroupedOptions:
    """Indicators with figures, as options under their dimensions."""
    groups: dict[str, Options] = {}
    for indicator in indicators:
        if indicator.coverage:
            label = indicator.dimension.label if indicator.dimension else "Weitere"
            groups.setdefault(label, []).append((indicator.code, indicator.name))
    return list(groups.items())


def uncertainty_words(shown: Observations) -> list[str]:
    """What a reader must know before trusting a difference, in sentences."""
    words = []
    if any(item.lower is not None for item in shown.items):
        words.append(
            "Die Spanne nennt den Bereich, in dem der wahre Wert mit 95 % Sicherheit liegt."
        )
    if any(source.is_sample for source in shown.sources):
        words.append("Die Werte stammen aus einer Stichprobe und schwanken zufällig.")
    additivities = {source.additivity for source in shown.sources}
    if "cell_key" in additivities:
        words.append(
            "Die Quelle verändert jede Zahl ein wenig (Cell-Key-Verfahren), um Menschen zu "
            "schützen; Summen gehen deshalb nicht genau auf."
        )
    if "rounded" in additivities:
        words.append("Die Quelle rundet ihre Zahlen; Summen gehen deshalb nicht genau auf.")
    if not words:
        words.append(
            "Auszählung ohne ausgewiesenen Zufallsfehler; kleine Unterschiede sind nicht zu deuten."
        )
    return words


def _series(
    read: Panel[Observations] | None, indicator: Indicator, address: MapAddress
) -> tuple[SeriesView | None, str | None]:
    if read is None:
        return None, None
    if read.value is None:
        return None, read.failure
    return make_series(read.value, indicator, address.places), None


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
    if reading.region is None or reading.region.bbox is None:
        return WIDEST_BOUNDS
    return ",".join(f"{corner:.4f}" for corner in reading.region.bbox)


def _figures_path(start: str, address: MapAddress) -> str:
    return f"{start}/{quote(address.indicator, safe='')}/{quote(address.period, safe='')}"


def _inset(indicators: tuple[Indicator, ...], choice: Choice, address: MapAddress) -> Inset | None:
    """The fictional Kreis with the same indicator, where the Land is shown and it has figures."""
    has_figures = any(item.is_fictional for item in choice.indicator.coverage)
    if choice.region != LAND or not has_figures:
        return None
    there = choose(indicators, address.change(region=FICTIONAL_KREIS, level=""))
    if there is None or not there.is_fictional:
        return None
    other = address.change(
        region=FICTIONAL_KREIS, level=there.level.code, period=there.period.code, places=()
    )
    query = urlencode({"ebene": other.level, "gebiet": other.region, "breite": 220})
    return Inset(
        image=f"{_figures_path('/karte/bild', other)}.svg?{query}",
        path=other.url(),
        text=f"{there.level.label} im erfundenen Musterkreis, "
        f"{there.period.label or there.period.code}",
    )
