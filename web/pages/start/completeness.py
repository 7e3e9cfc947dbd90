"""How complete the released figures of the Land are: by indicator, for how many of its areas."""

from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import AreaDetail, Coverage, Indicator
from web.format import number
from web.format import period as period_in_words
from web.pages.map.address import LAND, MapAddress
from web.pages.start.first_map import best_coverage

LEVELS = ("gemeinde", "kreis")


@dataclass(frozen=True, slots=True)
class Share:
    """For how many areas of a level figures are released; `words` says it, `is_whole` if all."""

    words: str
    is_whole: bool
    path: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator: its latest period and its shares by level."""

    name: str
    path: str
    period: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Completeness:
    """The indicators with figures for the Land, and the names of those without."""

    rows: tuple[Row, ...]
    without: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        """How many indicators there are figures for, in a sentence."""
        known = len(self.rows)
        every = known + len(self.without)
        if not known:
            return "Noch hat keine Stelle Zahlen für das Land freigegeben."
        if known == every:
            return "Für jeden Indikator sind Zahlen zum Land freigegeben."
        return f"Für {known} von {every} Indikatoren sind Zahlen zum Land freigegeben."


async def read_completeness(
    client: IndicatorClient, indicators: Sequence[Indicator]
) -> Completeness:
    """The completeness of what the reader may see of the Land."""
    return measure_completeness(await client.area(LAND), indicators)


def measure_completeness(land: AreaDetail, indicators: Sequence[Indicator]) -> Completeness:
    """For how many of the Land's municipalities and Kreise each indicator is known."""
    counts = tuple(land.children_count.get(level, 0) for level in LEVELS)
    rows, without = [], []
    for indicator in indicators:
        covered = [best_coverage(indicator, (level,), is_fictional=False) for level in LEVELS]
        path = f"/indikatoren/{indicator.code}"
        if any(covered):
            rows.append(_row(indicator, path, covered, counts))
        else:
            without.append((indicator.short_name or indicator.name, path))
    return Completeness(tuple(rows), tuple(without))


def _row(
    indicator: Indicator, path: str, covered: Sequence[Coverage | None], counts: Sequence[int]
) -> Row:
    latest = max(coverage.period for coverage in covered if coverage is not None)
    return Row(
        name=indicator.short_name or indicator.name,
        path=path,
        period=period_in_words(latest),
        shares=tuple(
            _share(indicator, coverage, count)
            for coverage, count in zip(covered, counts, strict=True)
        ),
    )


def _share(indicator: Indicator, coverage: Coverage | None, count: int) -> Share:
    if coverage is None:
        return Share("–", is_whole=False, path=None)
    path = MapAddress(indicator.code, coverage.period, coverage.level, LAND).url()
    # A register of all Germany counts areas beyond the Land: then there is no share to tell.
    if coverage.areas > count:
        return Share(f"{number(coverage.areas)} Gebiete", is_whole=False, path=path)
    words = f"{number(coverage.areas)} von {number(count)}"
    return Share(words, is_whole=coverage.areas == count, path=path)
