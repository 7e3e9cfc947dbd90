"""One map worth opening, with a sentence made from its figures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from web.area_kinds import plural
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Coverage, Indicator, Observation, Source
from web.figures import figure, figure_with_unit
from web.pages.map.address import MapAddress


@dataclass(frozen=True, slots=True)
class FirstMap:
    """The map, what it asks, and what it says.

    `lowest` and `highest` are figures with their unit, each with the area's name; `span` is
    both figures with the unit once.
    """

    indicator: Indicator
    period: str
    level: str
    areas: int
    whole: tuple[str, str] | None
    lowest: tuple[str, str]
    highest: tuple[str, str]
    span: str
    image_path: str
    map_path: str
    sources: tuple[Source, ...]

    @property
    def question(self) -> str:
        """What the map answers."""
        return self.indicator.question or self.indicator.name

    @property
    def reach(self) -> str:
        """When, and how many areas of which kind: „2023, 396 Gemeinden“."""
        areas = f"{self.areas} {plural(self.level)}"
        return f"{self.period}, {areas}" if self.period else areas

    @property
    def is_fictional(self) -> bool:
        """Whether invented figures are in it."""
        return any(source.is_fictional for source in self.sources)

    @property
    def sentence(self) -> str:
        """The figure of the whole, and the span from the lowest to the highest; judges neither."""
        period = f" ({self.period})" if self.period else ""
        whole = f"{self.whole[0]} in {self.whole[1]}, " if self.whole else ""
        return (
            f"{self.indicator.name}{period}: {whole}von {self.lowest[0]} in {self.lowest[1]} "
            f"bis {self.highest[0]} in {self.highest[1]}."
        )


def best_coverage(
    indicator: Indicator, levels: Collection[str], *, is_fictional: bool
) -> Coverage | None:
    """The coverage with most areas, the latest of them; None where no level of `levels` has any."""
    possible = [
        item
        for item in indicator.coverage
        if item.level in levels and item.is_fictional == is_fictional
    ]
    return max(possible, key=lambda item: (item.areas, item.period), default=None)


def choose_first(
    indicators: Sequence[Indicator], levels: Collection[str], *, is_fictional: bool
) -> Indicator | None:
    """The indicator known for most areas; a density before a rate, as it needs least knowledge."""
    known = [
        (coverage.areas, indicator.kind == "density", -position, indicator)
        for position, indicator in enumerate(indicators)
        if (coverage := best_coverage(indicator, levels, is_fictional=is_fictional))
    ]
    return max(known, key=lambda item: item[:3])[3] if known else None


async def read_first_map(
    client: IndicatorClient,
    indicator: Indicator,
    *,
    within: str,
    levels: Collection[str],
    is_fictional: bool,
) -> FirstMap | None:
    """The map of `within` in its best coverage; None with fewer than two figures."""
    coverage = best_coverage(indicator, levels, is_fictional=is_fictional)
    if coverage is None:
        return None
    found = await client.observations(
        indicator=indicator.code, period=coverage.period, level=coverage.level, within=within
    )
    known = sorted(
        (item for item in found.items if item.value is not None), key=lambda item: item.value or 0
    )
    if len(known) < 2:
        return None
    whole = next((item for item in found.comparison if item.value is not None), None)
    return FirstMap(
        indicator=indicator,
        period=found.period.label if found.period else "",
        level=coverage.level,
        areas=len(known),
        whole=(_text(indicator, whole), whole.name) if whole else None,
        lowest=(_text(indicator, known[0]), _short(known[0].name)),
        highest=(_text(indicator, known[-1]), _short(known[-1].name)),
        span=f"{figure(known[0], indicator.decimals)} – {_text(indicator, known[-1])}",
        image_path=_image_path(indicator, coverage, within),
        map_path=MapAddress(indicator.code, coverage.period, coverage.level, within).url(),
        sources=found.sources,
    )


def _image_path(indicator: Indicator, coverage: Coverage, within: str) -> str:
    path = f"/karte/bild/{quote(indicator.code)}/{quote(coverage.period)}.svg"
    return f"{path}?ebene={quote(coverage.level)}&gebiet={quote(within)}"


def _short(name: str) -> str:
    """„Herne“ for „Herne, kreisfreie Stadt“: the register puts the rank behind a comma."""
    return name.partition(",")[0]


def _text(indicator: Indicator, item: Observation) -> str:
    """The figure with its unit, unless the name has said it already."""
    is_said = indicator.unit in indicator.name or " je " in indicator.unit
    if is_said:
        return figure(item, indicator.decimals)
    return figure_with_unit(item, indicator.decimals, indicator.unit)
