"""What in the figures of one's own areas is worth a look, said without ranking.

A part of one's area is named where its whole 95 % interval lies beyond the interval of the
whole: a difference that chance alone hardly makes. Parts that differ from the whole are not
thereby told apart from each other: they stand in the order of the alphabet.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from web.area_kinds import plural
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, Indicator, Observation, Observations
from web.figures import quality_in_words
from web.format import with_unit
from web.pages.map.address import MapAddress
from web.pages.start.changes import judge_change
from web.pages.start.finding import Finding, Named, bounds, is_bounded
from web.pages.start.first_map import best_coverage

LEVELS_BELOW = {
    "kreis": ("gemeinde",),
    "gemeinde": ("quartier", "stadtteil", "statistischer_bezirk", "stadtbezirk"),
}
_MOST_FINDINGS = 3
_MOST_INDICATORS = 6
_MOST_NAMED = 3
_FEWEST_PARTS = 4

# kind -> („in einem“, „Quartieren“)
_DATIVES = {
    "gemeinde": ("einer", "Gemeinden"),
    "quartier": ("einem", "Quartieren"),
    "stadtteil": ("einem", "Stadtteilen"),
    "stadtbezirk": ("einem", "Stadtbezirken"),
    "statistischer_bezirk": ("einem", "statistischen Bezirken"),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """Up to three findings on an area and its parts, and which indicators were looked at.

    `has_parts` is whether there was anything below the area to compare it with.
    """

    area: Area
    items: tuple[Finding, ...]
    looked_at: tuple[str, ...]
    parts: str
    has_parts: bool

    @property
    def is_fictional(self) -> bool:
        """Whether invented figures are among them."""
        return any(finding.is_fictional for finding in self.items)


async def read_findings(
    client: IndicatorClient, area: Area, indicators: Sequence[Indicator]
) -> Findings | None:
    """What stands out below `area`; None where nothing below it can be compared."""
    levels = LEVELS_BELOW.get(area.kind, ())
    candidates = _candidates(indicators, levels, is_fictional=area.is_fictional)
    if not candidates:
        return None
    beyond, changed = await asyncio.gather(
        asyncio.gather(*(_read_beyond(client, area, *candidate) for candidate in candidates)),
        asyncio.gather(*(_read_change(client, area, candidate[0]) for candidate in candidates)),
    )
    return Findings(
        area=area,
        items=choose(_strongest_first([judged for judged, _ in beyond]), _strongest_first(changed)),
        looked_at=tuple(indicator.short_name or indicator.name for indicator, _, _ in candidates),
        parts=plural(candidates[0][1]),
        has_parts=any(has_parts for _, has_parts in beyond),
    )


Judged = tuple[float, Finding] | None
"""How strong a finding is, and the finding; None without any."""


async def _read_beyond(
    client: IndicatorClient, area: Area, indicator: Indicator, level: str, period: str
) -> tuple[Judged, bool]:
    found = await client.observations(
        indicator=indicator.code, period=period, level=level, within=area.code
    )
    return judge(indicator, level, area, found), any(map(is_bounded, found.items))


async def _read_change(client: IndicatorClient, area: Area, indicator: Indicator) -> Judged:
    series = await client.observations(indicator=indicator.code, areas=(area.code,))
    return judge_change(indicator, area, series)


def _strongest_first(judged: Sequence[Judged]) -> list[Finding]:
    found = [item for item in judged if item is not None]
    return [finding for _, finding in sorted(found, key=lambda item: -item[0])]


def _candidates(
    indicators: Sequence[Indicator], levels: Sequence[str], *, is_fictional: bool
) -> list[tuple[Indicator, str, str]]:
    """(indicator, level, period) of what can be judged: the first of each dimension."""
    found: dict[str, list[tuple[Indicator, str, str]]] = {}
    for indicator in indicators:
        is_judged = indicator.polarity != "context" and indicator.kind == "rate"
        coverage = best_coverage(indicator, levels, is_fictional=is_fictional)
        if is_judged and coverage is not None:
            dimension = indicator.dimension.code if indicator.dimension else ""
            candidate = (indicator, coverage.level, coverage.period)
            found.setdefault(dimension, []).append(candidate)
    if len(found) >= _MOST_FINDINGS:
        # two of one dimension would tell the same story twice
        return [items[0] for items in found.values()][:_MOST_INDICATORS]
    rounds = zip_longest(*found.values())
    mixed = [item for one_round in rounds for item in one_round if item is not None]
    return mixed[:_MOST_INDICATORS]


def choose(beyond: Sequence[Finding], changed: Sequence[Finding]) -> tuple[Finding, ...]:
    """Three findings: a change if there is one, and rather on other areas than on the same."""
    chosen: list[Finding] = []
    named: set[str] = set()
    for finding in beyond:
        paths = {area.path for area in finding.named}
        if not paths <= named:
            chosen.append(finding)
            named |= paths
    others = [finding for finding in beyond if finding not in chosen]
    first = [*chosen, *others][: _MOST_FINDINGS - 1]
    told = {finding.title for finding in first}
    changes = [item for item in changed if item.title not in told] or list(changed)
    rest = [item for item in [*changes[:1], *chosen, *others] if item not in first]
    return tuple([*first, *rest][:_MOST_FINDINGS])


def judge(indicator: Indicator, level: str, area: Area, found: Observations) -> Judged:
    """The finding and how strong it is (ratio of the nearest bounds); None without any."""
    whole = next((item for item in found.comparison if item.area == area.code), None)
    parts = [item for item in found.items if is_bounded(item)]
    if whole is None or not is_bounded(whole) or len(parts) < _FEWEST_PARTS:
        return None
    is_worse_above = indicator.polarity == "worse"
    clear = [item for item in parts if _margin(item, whole, is_worse_above) > 1]
    if not clear:
        return None
    clear.sort(key=lambda item: -_margin(item, whole, is_worse_above))
    named = clear[:_MOST_NAMED]
    finding = Finding(
        title=indicator.short_name or indicator.name,
        period=_period(found, whole),
        summary=_summary(indicator, level, whole, (len(clear), len(parts))),
        named=tuple(_named(item, indicator) for item in sorted(named, key=lambda one: one.name)),
        hidden=_hidden(found.items, level),
        path=_map_path(indicator, level, area, found),
        is_fictional=any(source.is_fictional for source in found.sources),
        sources=found.sources,
    )
    return _margin(clear[0], whole, is_worse_above), finding


def _margin(item: Observation, whole: Observation, is_worse_above: bool) -> float:
    """Ratio of the bounds that face each other; above 1 the intervals do not touch."""
    if is_worse_above:
        return (item.lower or 0.0) / max(whole.upper or 0.0, 1e-9)
    return (whole.lower or 0.0) / max(item.upper or 0.0, 1e-9)


def _period(found: Observations, whole: Observation) -> str:
    """The period with what is to be said of its figures: `31.12.2024, vorläufig`."""
    label = found.period.label if found.period else ""
    quality = quality_in_words(whole)
    return f"{label}, {quality}" if quality else label


def _summary(indicator: Indicator, level: str, whole: Observation, counted: tuple[int, int]) -> str:
    clear, parts = counted
    one, places = _DATIVES[level]
    share = f"In {one if clear == 1 else clear} von {parts}"
    where = "über" if indicator.polarity == "worse" else "unter"
    value = with_unit(whole.value, indicator.unit, indicator.decimals)
    least = ", am weitesten hier" if clear > _MOST_NAMED else ""
    return (
        f"{share} {places} liegt der Wert auch mit seiner Unsicherheit {where} dem von "
        f"{whole.name.partition(',')[0]} ({value}){least}:"
    )


def _named(item: Observation, indicator: Indicator) -> Named:
    return Named(
        name=item.name,
        path=f"/gebiete/{item.area}",
        figure=with_unit(item.value, indicator.unit, indicator.decimals),
        bounds=bounds(item, indicator),
    )


def _hidden(items: Sequence[Observation], level: str) -> str:
    """How many figures are hidden, in words; empty where none is."""
    hidden = sum(item.status == "hidden" for item in items)
    if not hidden:
        return ""
    if hidden == 1:
        return "In einem weiteren Fall ist die Zahl geheim."
    return f"In {hidden} weiteren {_DATIVES[level][1]} ist die Zahl geheim."


def _map_path(indicator: Indicator, level: str, area: Area, found: Observations) -> str:
    period = found.period.code if found.period else ""
    return MapAddress(indicator.code, period, level, area.code).url()
