"""What the map shows for an address: the asked-for figures, or the nearest ones that exist."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from web.area_kinds import FROM_LARGE_TO_SMALL, plural
from web.clients.indicator_types import Coverage, Indicator, Level, Period
from web.pages.map.address import FICTIONAL_KREIS, LAND, MapAddress


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown, what else could be, and where that differs from what was asked for."""

    indicator: Indicator
    region: str
    is_fictional: bool
    level: Level
    period: Period
    levels: tuple[Level, ...]
    periods: tuple[Period, ...]
    notes: tuple[str, ...] = field(default=())


def choose(indicators: Sequence[Indicator], address: MapAddress) -> Choice | None:
    """The figures for an address; None where nothing has been released at all.

    What an address leaves open becomes the finest level and the latest period; without an
    indicator the map opens on the one for the most areas, densities first.
    """
    shown = [indicator for indicator in indicators if indicator.coverage]
    if not shown:
        return None
    notes: list[str] = []
    indicator = next((item for item in shown if item.code == address.indicator), None)
    if indicator is None:
        indicator = max(shown, key=_opening_order)
        if address.indicator:
            notes.append(
                f"Den Indikator „{address.indicator}“ gibt es nicht, oder es ist keine Zahl davon "
                f"freigegeben. Gezeigt wird „{indicator.name}“."
            )
    region, is_fictional = _region(indicator, address, notes)
    coverage = [item for item in indicator.coverage if item.is_fictional == is_fictional]
    level, levels = _level(coverage, address, notes)
    at_level = [item for item in coverage if item.level == level.code]
    period, periods = _period(indicator, at_level, address, notes)
    return Choice(indicator, region, is_fictional, level, period, levels, periods, tuple(notes))


def _opening_order(indicator: Indicator) -> tuple[int, bool]:
    areas = [item.areas for item in indicator.coverage if not item.is_fictional]
    return (max(areas, default=0), indicator.kind == "density")


def _region(indicator: Indicator, address: MapAddress, notes: list[str]) -> tuple[str, bool]:
    has_real = any(not item.is_fictional for item in indicator.coverage)
    has_fictional = any(item.is_fictional for item in indicator.coverage)
    asks_fictional = address.region.startswith("99") or (not address.region and not has_real)
    if asks_fictional and not has_fictional:
        notes.append(
            f"Für „{indicator.name}“ gibt es im erfundenen Musterkreis keine Zahlen. Gezeigt wird "
            "Nordrhein-Westfalen."
        )
        return LAND, False
    if not asks_fictional and not has_real:
        notes.append(
            f"Für „{indicator.name}“ gibt es nur Zahlen aus dem erfundenen Musterkreis. Er wird "
            "hier gezeigt."
        )
        return FICTIONAL_KREIS, True
    return address.region or (FICTIONAL_KREIS if asks_fictional else LAND), asks_fictional


def _level(
    coverage: Sequence[Coverage], address: MapAddress, notes: list[str]
) -> tuple[Level, tuple[Level, ...]]:
    codes = {item.level for item in coverage}
    levels = tuple(
        Level(code=code, label=plural(code)) for code in FROM_LARGE_TO_SMALL if code in codes
    )
    # A map of one area says nothing: Bund, Land and the Kreis itself stand in the comparison.
    finer = [level for level in levels if _most(coverage, level.code) > 1] or list(levels)
    asked = next((level for level in finer if level.code == address.level), None)
    level = asked or finer[-1]
    if address.level and asked is None:
        notes.append(
            f"Für diese Auswahl gibt es keine Zahlen auf der gewünschten Ebene. Gezeigt wird die "
            f"Ebene {level.label}."
        )
    return level, tuple(finer)


def _most(coverage: Sequence[Coverage], level: str) -> int:
    return max((item.areas for item in coverage if item.level == level), default=0)


def _period(
    indicator: Indicator, coverage: Sequence[Coverage], address: MapAddress, notes: list[str]
) -> tuple[Period, tuple[Period, ...]]:
    codes = {item.period for item in coverage}
    periods = tuple(period for period in indicator.periods if period.code in codes)
    periods = tuple(sorted(periods, key=lambda period: period.code))
    asked = next((period for period in periods if period.code == address.period), None)
    period = asked or periods[-1]
    if address.period and asked is None:
        notes.append(
            f"Für „{address.period}“ gibt es bei dieser Auswahl keine Zahlen. Gezeigt wird "
            f"{period.label}."
        )
    return period, periods
