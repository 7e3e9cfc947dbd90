"""The page of one indicator as its template needs it: every text made, nothing left to compute."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from web.clients.indicator_types import (
    Indicator,
    Observation,
    Observations,
    ObservedIndicator,
    Source,
)
from web.figures import POLARITY_WORDS, figure, figure_with_unit, interval, is_fragment, signs_used
from web.format import count, day, number
from web.format import period as period_in_words
from web.histogram import Bar, Reference, bar_decimals, histogram, make_bars
from web.pages.indicators.address import COUNTS, DERIVED, METHODS, IndicatorAddress
from web.pages.indicators.ranking import Ranking, make_ranking
from web.pages.indicators.reading import IndicatorReading
from web.pages.map.address import MapAddress
from web.pages.map.choice import Choice
from web.pages.map.legend import Legend, make_legend
from web.series import Place, SeriesView, by_area_and_period, make_series
from web.sources import told_apart, uncertainty_words

Options = list[tuple[str, str]]
FORMS = (
    ("csv", "CSV"),
    ("xlsx", "Excel"),
    ("parquet", "Parquet"),
    ("geojson", "GeoJSON"),
    ("json", "JSON"),
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """How the areas are spread: a picture, its numbers, and the quartiles."""

    picture: Markup
    bars: tuple[tuple[str, int], ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The region's figure for one group of people."""

    label: str
    path: str
    value: str
    interval: str
    is_current: bool
    is_crossed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown other than usual, in a sentence, and the way back to the usual."""

    sentence: str
    way_back: str
    path: str


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """What the page shows for one address."""

    address: IndicatorAddress
    choice: Choice
    lead: str
    direction: str
    asked: tuple[Asked, ...]
    levels: Options
    regions: Options
    periods: Options
    breakdowns: tuple[BreakdownRow, ...]
    derivations: Options
    unit: str
    group: str
    whole_path: str
    methods: Options
    counts: Options
    limits_error: str
    legend: Legend
    image: str
    image_text: str
    map_path: str
    ranking: Ranking
    distribution: Distribution | None
    series: SeriesView | None
    failures: tuple[str, ...]
    series_failure: str | None
    reason: tuple[str, str] | None
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    uncertainty: list[str]
    signs: list[tuple[str, str]]
    exports: Options
    series_exports: Options
    group_exports: Options
    compare_path: str
    boundaries: str


def make_page(reading: IndicatorReading) -> IndicatorPage | None:
    """The view of a reading; None where nothing has been released."""
    choice, address = reading.choice, reading.address
    if choice is None or reading.figures is None:
        return None
    shown = reading.figures.value
    indicator = reading.shown_indicator
    items = shown.items if shown else ()
    comparison = whole_ones(shown)
    return IndicatorPage(
        address=address,
        choice=choice,
        lead=_lead(indicator, choice, items, comparison, address.derived),
        direction="" if address.shows_change else POLARITY_WORDS[indicator.polarity],
        asked=_asked(address, items),
        levels=[(level.code, level.label) for level in choice.levels],
        regions=_regions(reading),
        periods=[(p.code, period_in_words(p.code)) for p in reversed(choice.periods)],
        breakdowns=_breakdowns(reading),
        derivations=list(DERIVED.items()),
        unit=indicator.unit,
        group=_group(reading),
        whole_path=address.change(breakdown="").url(),
        methods=list(METHODS.items()),
        counts=[(str(n), str(n)) for n in COUNTS],
        limits_error=_limits_error(address),
        legend=make_legend(shown.classes if shown else None, items, indicator.decimals),
        image=address.change(sort="rang").url("/karte.svg"),
        image_text=_image_text(indicator, choice, items),
        map_path=_map_path(address),
        ranking=_ranking(reading),
        distribution=_distribution(indicator, items, comparison),
        series=_series(reading),
        failures=tuple(part.failure for part in (reading.figures,) if part.failure),
        series_failure=reading.series.failure if reading.series else None,
        reason=_reason(reading),
        notes=(*choice.notes, *(note.detail for note in (shown.notes if shown else ()))),
        sources=told_apart(shown.sources) if shown else (),
        uncertainty=uncertainty_words(shown) if shown else [],
        signs=signs_used([*items, *comparison]),
        exports=[(label, address.url(f"/zahlen.{form}")) for form, label in FORMS],
        series_exports=_series_exports(reading),
        group_exports=_group_exports(reading),
        compare_path=f"/vergleich?{urlencode({'indikatoren': indicator.code})}",
        boundaries=(reading.region.attribution or "") if reading.region else "",
    )


def _ranking(reading: IndicatorReading) -> Ranking:
    shown = reading.figures.value if reading.figures else None
    shown = shown or Observations()
    whole = shown.model_copy(update={"comparison": whole_ones(shown)})
    return make_ranking(reading.address, reading.shown_indicator, whole)


def whole_ones(shown: Observations | None) -> tuple[Observation, ...]:
    """What the areas are compared with, but for sums of a fragment of their parts."""
    return tuple(item for item in (shown.comparison if shown else ()) if not is_fragment(item))


_LEADS = {
    "mittel": "Mittel aus drei Jahren, {level}",
    "differenz": "Veränderung, {level}",
    "rate": "Veränderungsrate, {level}",
}
"""How the lead begins where what it tells is no level."""
_SINCE = re.compile(r"Veränderung (?:in Prozent )?gegenüber ([\d/Q-]+)")
"""How the service says from which period a change counts."""
_DERIVED_SENTENCES = {
    "mittel": "Gezeigt wird das Mittel aus drei Jahren, nicht der Wert eines Zeitraums.",
    "differenz": "Gezeigt wird die Veränderung gegenüber {before}, nicht der Wert selbst.",
    "rate": "Gezeigt wird die Veränderungsrate gegenüber {before}, nicht der Wert selbst.",
}


def _asked(address: IndicatorAddress, items: Sequence[Observation]) -> tuple[Asked, ...]:
    """What an address asks for beyond today's figures of a period."""
    found = []
    if address.as_of:
        sentence = f"Gezeigt wird, was am {day(address.as_of)} veröffentlicht war."
        found.append(Asked(sentence, "Stand von heute zeigen", address.change(as_of="").url()))
    if address.valid_on:
        sentence = f"Gebietsstand {day(address.valid_on)}."
        found.append(Asked(sentence, "Gebiete von heute zeigen", address.change(valid_on="").url()))
    if sentence := _DERIVED_SENTENCES.get(address.derived, ""):
        said = sentence.format(before=_before(items) or "dem Vorzeitraum")
        found.append(Asked(said, "Werte zeigen", address.change(derived="").url()))
    return tuple(found)


def _before(items: Sequence[Observation]) -> str:
    """The period all changes count from, as their derivations name it; empty if not one."""
    details = (item.derivation.detail for item in items if item.derivation)
    named = {found[1] for detail in details if (found := _SINCE.match(detail))}
    return period_in_words(named.pop()) if len(named) == 1 else ""


def _lead(
    indicator: Indicator,
    choice: Choice,
    items: Sequence[Observation],
    comparison: Sequence[Observation],
    derived: str = "",
) -> str:
    """The answer in two sentences: the whole, and from where to where its parts reach."""
    valued = [item for item in items if item.value is not None]
    sentences = []
    start = _LEADS.get(derived, "{level}")
    whole = next((item for item in comparison if item.value is not None), None)
    if whole is not None:
        words = figure_with_unit(whole, indicator.decimals, indicator.unit)
        name = start.format(level=f"{whole.name} {period_in_words(choice.period.code)}")
        sentences.append(f"{name}: {words}.")
    if len(valued) > 1:
        lowest = min(valued, key=lambda item: item.value or 0.0)
        highest = max(valued, key=lambda item: item.value or 0.0)
        sentences.append(
            f"{start.format(level=choice.level.label)}: "
            f"von {figure(lowest, indicator.decimals)} ({lowest.name}) bis "
            f"{figure(highest, indicator.decimals)} ({highest.name})."
        )
    return " ".join(sentences)


def _regions(reading: IndicatorReading) -> Options:
    known = {
        area.code: f"{area.name} (erfunden)" if area.is_fictional else area.name
        for area in reading.regions
    }
    if reading.region is not None:
        known.setdefault(reading.region.code, reading.region.name)
    return list(known.items())


def _limits_error(address: IndicatorAddress) -> str:
    if not address.has_bad_limits:
        return ""
    return (
        "Nennen Sie eine bis vier Grenzen, durch Strichpunkt getrennt, zum Beispiel 5; 10; 15. "
        "Bis dahin zeigt die Karte Quantile."
    )


def _image_text(indicator: Indicator, choice: Choice, items: Sequence[Observation]) -> str:
    hidden = sum(item.status == "hidden" for item in items)
    text = (
        f"Karte: {indicator.name}, {choice.level.label}, {count(len(items), 'Gebiet', 'Gebiete')}."
    )
    return f"{text} {hidden} geheim." if hidden else text


def _map_path(address: IndicatorAddress) -> str:
    path = MapAddress(
        indicator=address.code, period=address.period, level=address.level, region=address.region
    ).url()
    return f"{path}&{urlencode({'stand': address.valid_on})}" if address.valid_on else path


def _breakdowns(reading: IndicatorReading) -> tuple[BreakdownRow, ...]:
    """Rows by breakdown, the total first, crossed ones last; none where there is only the total."""
    read, address = reading.breakdowns, reading.address
    found = {
        item.breakdown or "": item for item in (read.value.items if read and read.value else ())
    }
    if len(found) < 2 or read is None or read.value is None:
        return ()
    labels = {head.breakdown or "": head.breakdown_label for head in read.value.indicators}
    decimals = reading.indicator.decimals
    return tuple(
        BreakdownRow(
            label=labels.get(code) or (code.replace("|", ", ") if code else "Insgesamt"),
            path=address.change(breakdown=code).url(),
            value=figure(found[code], decimals),
            interval=interval(found[code], decimals),
            is_current=code == address.breakdown,
            is_crossed="|" in code,
        )
        for code in sorted(found, key=lambda code: (code.count("|"), code))
    )


def _group(reading: IndicatorReading) -> str:
    """The group of people shown; empty for everybody."""
    code = reading.address.breakdown
    if not code:
        return ""
    found = reading.breakdowns.value if reading.breakdowns else None
    labels = {head.breakdown: head.breakdown_label for head in (found.indicators if found else ())}
    return labels.get(code) or code.replace("|", ", ")


def _distribution(
    indicator: Indicator, items: Sequence[Observation], comparison: Sequence[Observation]
) -> Distribution | None:
    values = sorted(item.value for item in items if item.value is not None)
    if len(values) < 3:
        return None
    bars = make_bars(values)
    references = [
        Reference(item.name, item.value) for item in comparison[:2] if item.value is not None
    ]
    title = f"Verteilung: {indicator.name}"
    return Distribution(
        histogram(bars, references, indicator.unit, title=title),
        tuple(_range(bar, bar_decimals(bars), is_last=bar is bars[-1]) for bar in bars),
        tuple(
            (name, number(_quantile(values, share), indicator.decimals))
            for name, share in (
                ("Niedrigster Wert", 0.0),
                ("Ein Viertel liegt unter", 0.25),
                ("Die Hälfte liegt unter (Median)", 0.5),
                ("Drei Viertel liegen unter", 0.75),
                ("Höchster Wert", 1.0),
            )
        ),
    )


def _range(bar: Bar, decimals: int, *, is_last: bool) -> tuple[str, int]:
    word = "bis" if is_last else "bis unter"
    return f"{number(bar.low, decimals)} {word} {number(bar.high, decimals)}", bar.amount


def _quantile(values: Sequence[float], share: float) -> float:
    """By linear interpolation between neighbours (type 7 of Hyndman and Fan)."""
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _series(reading: IndicatorReading) -> SeriesView | None:
    read = reading.series.value if reading.series else None
    if read is None or reading.choice is None:
        return None
    kreise = reading.kreise.value.items if reading.kreise and reading.kreise.value else ()
    around = [item for item in read.comparison if not is_fragment(item)]
    figures = by_area_and_period([*read.items, *around, *kreise])
    names = {item.area: item.name for item in [*read.items, *around]}
    places = [Place(code, name, code != reading.address.region) for code, name in names.items()]
    behind = list(dict.fromkeys(item.area for item in kreise if item.area not in names))
    observed = ObservedIndicator.model_validate(reading.shown_indicator.model_dump())
    breaks = read.breaks
    return make_series(figures, places, observed, breaks, id="verlauf", background=behind)


def _group_exports(reading: IndicatorReading) -> Options:
    """The table by groups as files; none where there is only the total."""
    if not _breakdowns(reading):
        return []
    plain = reading.address.change(
        level="", breakdown="", sort="rang", method="quantile", count=5, limits_text=""
    )
    given = urlencode({**plain.parameters(), "umfang": "gruppen"})
    bare = IndicatorAddress(plain.code)
    ways = [(f"/zahlen.{form}", label) for form, label in FORMS if form != "geojson"]
    return [(label, f"{bare.url(way)}?{given}") for way, label in ways]


def _series_exports(reading: IndicatorReading) -> Options:
    """The figures of all periods as files: of the region and of what it is compared with."""
    read = reading.series.value if reading.series else None
    if read is None:
        return []
    codes = dict.fromkeys(item.area for item in (*read.items, *read.comparison))
    if not codes:
        return []
    plain = reading.address.change(
        level="", period="", region="", sort="rang", method="quantile", count=5
    )
    given = {**plain.parameters(), "umfang": "verlauf", "orte": ",".join(codes)}
    ways = [(f"/zahlen.{form}", label) for form, label in FORMS if form != "geojson"]
    bare = IndicatorAddress(plain.code)
    return [(label, f"{bare.url(way)}?{urlencode(given)}") for way, label in ways]


def _reason(reading: IndicatorReading) -> tuple[str, str] | None:
    shown = reading.figures.value if reading.figures else None
    if shown is None or shown.items:
        return None
    reason = shown.reason
    if reason is None:
        return ("Für diese Auswahl gibt es keine Zahlen.", "Wählen Sie einen anderen Zeitraum.")
    return (reason.detail, reason.suggestion or "")
