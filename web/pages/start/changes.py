"""How an area's own figures have changed, told only where chance hardly explains it."""

from web.clients.indicator_types import Area, Indicator, Observation, Observations
from web.figures import quality_in_words
from web.format import period as period_in_words
from web.format import with_unit
from web.pages.start.finding import Finding, bounds, is_bounded

_PERIODS_BACK = 5


def judge_change(
    indicator: Indicator, area: Area, series: Observations
) -> tuple[float, Finding] | None:
    """The change over the last five periods and how strong it is; None where intervals touch.

    `series` holds the area's figures of all periods. Strength is the ratio of the bounds that
    face each other.
    """
    known = sorted(
        (item for item in series.items if item.area == area.code and is_bounded(item)),
        key=lambda item: item.period or "",
    )
    if len(known) < 2:
        return None
    latest, earlier = known[-1], known[max(0, len(known) - 1 - _PERIODS_BACK)]
    low, high = sorted((latest, earlier), key=lambda item: item.value or 0.0)
    strength = (high.lower or 0.0) / max(low.upper or 0.0, 1e-9)
    if strength <= 1:
        return None
    finding = Finding(
        title=indicator.short_name or indicator.name,
        period=_span(earlier, latest),
        summary=_sentence(indicator, area, earlier, latest),
        named=(),
        hidden="",
        path=f"/gebiete/{area.code}",
        is_fictional=any(source.is_fictional for source in series.sources),
        sources=series.sources,
    )
    return strength, finding


def _span(earlier: Observation, latest: Observation) -> str:
    words = quality_in_words(latest)
    span = f"{period_in_words(earlier.period)} bis {period_in_words(latest.period)}"
    return f"{span}, zuletzt {words}" if words else span


def _sentence(indicator: Indicator, area: Area, earlier: Observation, latest: Observation) -> str:
    has_risen = (latest.value or 0.0) > (earlier.value or 0.0)
    first, last = (
        with_unit(item.value, indicator.unit, indicator.decimals) for item in (earlier, latest)
    )
    return (
        f"In {area.name.partition(',')[0]} ist der Wert auch mit seiner Unsicherheit "
        f"{'gestiegen' if has_risen else 'gesunken'}: von {first} "
        f"({bounds(earlier, indicator)}) auf {last} ({bounds(latest, indicator)})."
    )
