"""How one figure stands to another, in words that keep to the uncertainty of both."""

from services.report_api.content.words import number, with_unit
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import IndicatorRecord


def is_within_uncertainty(one: Figure, other: Figure) -> bool:
    """Whether the 95 % intervals of two figures overlap: the difference may be chance."""
    if one.lower is None or one.upper is None or other.value is None:
        return False
    low = other.value if other.lower is None else other.lower
    high = other.value if other.upper is None else other.upper
    return one.lower <= high and low <= one.upper


def difference(indicator: IndicatorRecord, one: float, other: float) -> str:
    """„2,1 Prozentpunkte höher als“, „5,4-mal so hoch wie“, „annähernd so hoch wie“ (under 1 %).

    From the figures as they are shown: whoever subtracts them must come to the same.
    """
    decimals = indicator.decimals
    if number(one, decimals) == number(other, decimals):
        return "so hoch wie"
    one, other = round(one, decimals), round(other, decimals)
    word = "höher als" if one > other else "niedriger als"
    if indicator.unit == "%":
        return f"{with_unit(abs(one - other), 'Prozentpunkte', max(decimals, 1))} {word}"
    if other > 0 and one >= 2 * other:
        return f"{number(one / other, 1)}-mal so hoch wie"
    if other <= 0:
        return f"{with_unit(abs(one - other), indicator.unit, decimals)} {word}"
    share = abs(one / other - 1) * 100
    return f"{with_unit(share, '%', 0)} {word}" if share >= 1 else "annähernd so hoch wie"


def standing(indicator: IndicatorRecord, one: Figure, other: Figure, where: str) -> str:
    """„2,1 Prozentpunkte höher als im Kreis Heinsberg“; empty without two values."""
    if one.value is None or other.value is None:
        return ""
    if is_within_uncertainty(one, other):
        return f"im Rahmen der statistischen Unsicherheit wie {where}"
    return f"{difference(indicator, one.value, other.value)} {where}"


def direction(one: Figure, other: Figure) -> int:
    """1 above, -1 below, 0 not to be told apart; for figures with values."""
    if one.value is None or other.value is None or is_within_uncertainty(one, other):
        return 0
    return (one.value > other.value) - (one.value < other.value)
