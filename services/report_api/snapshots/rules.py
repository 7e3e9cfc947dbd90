"""What a report is made from: a frozen snapshot, and which areas belong in it; no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.report_api.figures.rules import (
    Cell,
    Figure,
    Formula,
    SliceKey,
    best_covered,
    figure_of,
)

FORMAT = 1
SUPPORTED_KINDS = ("gemeinde", "kreis", "quartier")
# The narrower readership first: a reader who belongs to several sees the narrowest one's release.
AUDIENCE_LABELS: dict[str, str] = {
    "administration": "Eigene Verwaltung",
    "kreis": "Kreis",
    "advisory": "Beratungsteam des Landes",
    "ministry": "Ministerium",
    "public": "Öffentlichkeit",
}
AUDIENCE_ORDER = {audience: order for order, audience in enumerate(AUDIENCE_LABELS)}


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """An area as the register named it."""

    code: str
    name: str
    kind: str
    is_fictional: bool


@dataclass(frozen=True, slots=True)
class PeriodRecord:
    """A period; the days are ISO dates."""

    code: str
    label: str
    start_on: str
    end_on: str


@dataclass(frozen=True, slots=True)
class IndicatorRecord:
    """A definition as it stood, and which slices make its figures (newest period first)."""

    code: str
    version: int
    name: str
    short_name: str
    question: str
    kind: str
    numerator_text: str
    denominator_text: str
    unit: str
    factor: float
    decimals: int
    polarity: str
    dimension_code: str
    dimension_label: str
    definition_source: str
    is_checked: bool
    is_sample: bool
    note: str
    has_denominator: bool
    pairs: tuple[tuple[SliceKey, SliceKey | None], ...]

    @property
    def formula(self) -> Formula:
        """How its figures are made; a sample's shares have no Wilson interval."""
        return Formula(
            factor=self.factor,
            has_denominator=self.has_denominator,
            is_proportion=self.kind == "rate" and self.has_denominator and not self.is_sample,
        )

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods there are figures for, newest first."""
        return tuple(dict.fromkeys(numerator.period for numerator, _ in self.pairs))


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A dataset at the release it was read from; `release` is its key, `audience.number`."""

    dataset: str
    release: str
    title: str
    publisher: str
    attribution: str
    licence: str
    is_fictional: bool
    is_sample: bool
    additivity: str
    denominator_basis: str | None
    audience: str
    release_id: str
    number: int
    # an ISO instant in UTC
    published_at: str


@dataclass(frozen=True, slots=True)
class MapRecord:
    """The areas of the map and their outlines as SVG paths in pixels."""

    within: str
    level: str
    codes: tuple[str, ...]
    width: float
    height: float
    paths: dict[str, str]


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """Areas of one level in a larger one, to stand beside the subject."""

    within: str
    level: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a report may say, read in one transaction.

    `subject` are the keys of the area reported on, its own first: a kreisfreie Stadt stands in
    the register twice. Areas, periods and cells are sorted, so that equal contents are equal
    bytes.
    """

    template: str
    subject: tuple[str, ...]
    comparisons: tuple[str, ...]
    areas: tuple[AreaRecord, ...]
    periods: tuple[PeriodRecord, ...]
    indicators: tuple[IndicatorRecord, ...]
    sources: tuple[SourceRecord, ...]
    cells: tuple[Cell, ...]
    map: MapRecord | None = None
    # the other areas of the subject's kind, where the map shows smaller ones
    peers: GroupRecord | None = None
    format: int = field(default=FORMAT)


class Reading:
    """A snapshot with its parts by key, and the figures made from its cells."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.areas: Mapping[str, AreaRecord] = {item.code: item for item in snapshot.areas}
        self.periods: Mapping[str, PeriodRecord] = {item.code: item for item in snapshot.periods}
        self.cells: Mapping[str, Cell] = {item.id: item for item in snapshot.cells}
        self.indicators: Mapping[str, IndicatorRecord] = {
            item.code: item for item in snapshot.indicators
        }

    @property
    def subject(self) -> AreaRecord:
        """The area reported on."""
        return self.areas[self.snapshot.subject[0]]

    def figure(self, indicator: IndicatorRecord, area: str, period: str) -> Figure | None:
        """The figure of an area and period, None where nothing was released."""
        pairs = [pair for pair in indicator.pairs if pair[0].period == period]
        return figure_of(indicator.formula, area, pairs, self.cells)

    def own_figure(self, indicator: IndicatorRecord, period: str) -> Figure | None:
        """The subject's figure, under whichever of its keys it stands."""
        found = None
        for code in self.snapshot.subject:
            figure = self.figure(indicator, code, period)
            if figure is not None and (found is None or figure.value is not None):
                found = figure
                if figure.value is not None:
                    break
        return found

    def newest(self, indicator: IndicatorRecord, area: str | None = None) -> Figure | None:
        """The newest figure of an area (the subject without one), with a value or without."""
        for period in indicator.periods:
            found = (
                self.own_figure(indicator, period)
                if area is None
                else self.figure(indicator, area, period)
            )
            if found is not None:
                return found
        return None

    def map_period(self, indicator: IndicatorRecord) -> str | None:
        """The period that a map of the indicator shows; None where no area of it has a figure."""
        return self.period_of(indicator, self.snapshot.map)

    def period_of(
        self, indicator: IndicatorRecord, group: MapRecord | GroupRecord | None
    ) -> str | None:
        """The newest period that covers most areas of a group; None without a figure."""
        if group is None:
            return None
        counts = {
            period: sum(self.figure(indicator, code, period) is not None for code in group.codes)
            for period in indicator.periods
        }
        return best_covered(counts)


@dataclass(frozen=True, slots=True)
class Place:
    """An area with those above it (nearest first) and how many of which kind lie in it."""

    area: AreaRecord
    above: tuple[AreaRecord, ...]
    below: Mapping[str, int]
    # how many municipalities lie in the Kreis it lies in or is
    municipalities_of_kreis: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The areas a report shows: the subject's keys, the comparisons, candidates for the map.

    A map is (area it shows, kind of its areas); the first with figures is taken. `peers`, alike,
    are the areas of the subject's own kind where no map shows them.
    """

    subject: tuple[str, ...]
    comparisons: tuple[str, ...]
    maps: tuple[tuple[str, str], ...]
    peers: tuple[str, str] | None = None


def scope_of(place: Place) -> Scope:
    """Which areas belong in the report about a place."""
    kreis = next((item for item in place.above if item.kind == "kreis"), None)
    if place.area.kind == "kreis":
        kreis = place.area
    is_alone = kreis is not None and place.municipalities_of_kreis == 1
    subject = [place.area.code]
    if is_alone and kreis is not None and place.area.kind == "gemeinde":
        subject.append(kreis.code)
    elif is_alone and place.area.kind == "kreis":
        subject.append(f"{place.area.code}000")
    compared = [
        item.code
        for item in place.above
        if item.kind != "regierungsbezirk" and not (is_alone and item is kreis)
    ]
    region = next((x for x in place.above if x.kind in ("regierungsbezirk", "land")), None)
    is_kreis = place.area.kind == "kreis" and not is_alone
    return Scope(
        subject=tuple(subject),
        comparisons=tuple(compared[:2]),
        maps=tuple(_maps(place, kreis, is_alone=is_alone)),
        peers=(region.code, "kreis") if is_kreis and region is not None else None,
    )


def _maps(place: Place, kreis: AreaRecord | None, *, is_alone: bool) -> Sequence[tuple[str, str]]:
    maps: list[tuple[str, str]] = []
    area = place.area
    if area.kind == "quartier":
        town = next((item for item in place.above if item.kind == "gemeinde"), None)
        return [(town.code, "quartier")] if town is not None else []
    if place.below.get("quartier"):
        maps.append((area.code, "quartier"))
    if is_alone:
        region = next(
            (item for item in place.above if item.kind in ("regierungsbezirk", "land")), None
        )
        if region is not None:
            maps.append((region.code, "kreis"))
    elif kreis is not None:
        # a Kreis is shown by its municipalities, even where one has quarters of its own
        maps.insert(0 if area.kind == "kreis" else len(maps), (kreis.code, "gemeinde"))
    return maps
