"""Which indicators a profile can map and chart, and which it takes by itself."""

from dataclasses import dataclass

from services.report_api.content.profile_context import ProfileContext, has_value
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import IndicatorRecord

LINE_PERIODS = 3
_SMALLEST_MAP = 2


@dataclass(frozen=True, slots=True)
class Choices:
    """The indicators with figures, and those fit for map and chart; the first is taken."""

    indicators: tuple[IndicatorRecord, ...]
    map_indicators: tuple[IndicatorRecord, ...]
    chart_indicators: tuple[IndicatorRecord, ...]

    @property
    def default_map(self) -> str | None:
        """The code of the indicator mapped unless another is chosen."""
        return self.map_indicators[0].code if self.map_indicators else None

    @property
    def default_chart(self) -> str | None:
        """The code of the indicator charted unless another is chosen."""
        return self.chart_indicators[0].code if self.chart_indicators else None


def choices_of(context: ProfileContext) -> Choices:
    """What can be chosen for a snapshot; for the chart, series come before single dates."""
    reading = context.reading
    charts = [item for item in reading.snapshot.indicators if _can_chart(context, item)]
    charts.sort(key=lambda item: (not has_series(context, item), not _is_compared(context, item)))
    return Choices(
        indicators=tuple(
            indicator for indicator, figure in context.own_newest() if figure.value is not None
        ),
        map_indicators=tuple(
            item for item in reading.snapshot.indicators if _can_map(context, item)
        ),
        chart_indicators=tuple(charts),
    )


def has_series(context: ProfileContext, indicator: IndicatorRecord) -> bool:
    """Whether the subject has values of enough periods for a line."""
    values = [
        period
        for period in indicator.periods
        if has_value(context.reading.own_figure(indicator, period))
    ]
    return len(values) >= LINE_PERIODS


def newest_value(context: ProfileContext, indicator: IndicatorRecord) -> Figure | None:
    """The subject's newest figure that is a number."""
    for period in indicator.periods:
        figure = context.reading.own_figure(indicator, period)
        if figure is not None and figure.value is not None:
            return figure
    return None


def _is_compared(context: ProfileContext, indicator: IndicatorRecord) -> bool:
    newest = newest_value(context, indicator)
    return newest is not None and any(
        figure.value is not None for _, figure in context.comparisons(indicator, newest.period)
    )


def _can_chart(context: ProfileContext, indicator: IndicatorRecord) -> bool:
    if newest_value(context, indicator) is None:
        return False
    return (
        has_series(context, indicator)
        or _is_compared(context, indicator)
        or _has_neighbours(context, indicator)
    )


def _has_neighbours(context: ProfileContext, indicator: IndicatorRecord) -> bool:
    """Whether the areas that the subject is one of can be shown side by side."""
    group = context.own_group
    period = context.reading.period_of(indicator, group)
    if period is None:
        return False
    figures = dict(context.group_figures(indicator, group, period))
    return any(has_value(figures.get(code)) for code in context.reading.snapshot.subject)


def _can_map(context: ProfileContext, indicator: IndicatorRecord) -> bool:
    period = context.reading.map_period(indicator)
    drawn = context.reading.snapshot.map
    if period is None or drawn is None:
        return False
    values = [
        code
        for code, figure in context.map_figures(indicator, period)
        if has_value(figure) and code in drawn.paths
    ]
    return len(values) >= _SMALLEST_MAP
