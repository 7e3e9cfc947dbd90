"""One map worth opening, with a sentence made from its figures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Coverage, Indicator, Observation, Observations, Source
from web.format import figure
from web.pages.map.address import MapAddress


@dataclass(frozen=True, slots=True)
class FirstMap:
    """The map, what it asks, and what it says."""

    title: str
    question: str
    sentence: str
    image_path: str
    map_path: str
    sources: tuple[Source, ...]

    @property
    def is_fictional(self) -> bool:
        """Whether invented figures are in it."""
        return any(source.is_fictional for source in self.sources)


async def read_first_map(
    client: IndicatorClient,
    indicators: Sequence[Indicator],
    *,
    within: str,
    levels: Collection[str],
    is_fictional: bool,
) -> FirstMap | None:
    """The map of `within` that covers most areas, in its latest period; None without figures."""
    candidates = [
        (item, coverage)
        for item in indicators
        for coverage in item.coverage
        if coverage.level in levels and coverage.is_fictional == is_fictional
    ]
    if not candidates:
        return None
    indicator, coverage = max(candidates, key=_extent)
    found = await client.observations(
        indicator=indicator.code, period=coverage.period, level=coverage.level, within=within
    )
    if not any(item.value is not None for item in found.items):
        return None
    return FirstMap(
        title=indicator.name,
        question=indicator.question or indicator.name,
        sentence=sentence(indicator, found),
        image_path=_image_path(indicator, coverage, within),
        map_path=MapAddress(indicator.code, coverage.period, coverage.level, within).url(),
        sources=found.sources,
    )


def _extent(candidate: tuple[Indicator, Coverage]) -> tuple[int, str]:
    return candidate[1].areas, candidate[1].period


def _image_path(indicator: Indicator, coverage: Coverage, within: str) -> str:
    path = f"/karte/bild/{quote(indicator.code)}/{quote(coverage.period)}.svg"
    return f"{path}?ebene={quote(coverage.level)}&gebiet={quote(within)}"


def sentence(indicator: Indicator, found: Observations) -> str:
    """The figure of the whole, and the span from the lowest to the highest; judges neither."""
    known = [item for item in found.items if item.value is not None]
    if len(known) < 2:
        return ""
    lowest, highest = min(known, key=_value), max(known, key=_value)
    period = f" ({found.period.label})" if found.period and found.period.label else ""
    parts = [f"{indicator.name}{period}:"]
    whole = next((item for item in found.comparison if item.value is not None), None)
    if whole is not None:
        parts.append(f"{_text(indicator, whole)} in {whole.name},")
    parts.append(
        f"von {_text(indicator, lowest)} in {lowest.name} "
        f"bis {_text(indicator, highest)} in {highest.name}."
    )
    return " ".join(parts)


def _value(item: Observation) -> float:
    return item.value if item.value is not None else 0.0


def _text(indicator: Indicator, item: Observation) -> str:
    """The figure with its unit, unless the name has said it already."""
    unit = None if indicator.unit in indicator.name else indicator.unit
    return figure(item, indicator.decimals, unit)
