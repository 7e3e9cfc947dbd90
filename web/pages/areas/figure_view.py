"""One indicator's figures for an area as text: the newest one, its comparisons, its course."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from web.charts import sparkline
from web.clients.indicator_types import Area, AreaRef, Observation
from web.clients.profile_types import Profile, ProfileIndicator, ProfileSeries
from web.figures import (
    derivation_in_words,
    figure,
    interval,
    is_estimated,
    is_incomplete,
    quality_in_words,
    stands_to,
)
from web.format import MISSING, number
from web.format import period as period_in_words
from web.series import Place, SeriesView, by_area_and_period, make_series


@dataclass(frozen=True, slots=True)
class FigureView:
    """The newest figure of one indicator with its comparisons and its course, as text."""

    indicator: ProfileIndicator
    latest: Observation
    name: str
    path: str
    period: str
    number: str
    value: str
    quality: str
    interval: str
    derivation: str
    is_marked: bool
    compared: tuple[str, ...]
    comparison: str
    spark: Markup
    series: SeriesView | None
    is_fictional: bool
    is_sample: bool


def latest_figures(profile: Profile, code: str) -> Iterator[tuple[ProfileSeries, Observation]]:
    """Every indicator that the area has a figure of, with the newest one."""
    for series in profile.indicators:
        own = [item for item in series.items if item.area == code and item.value is not None]
        if own:
            yield series, max(own, key=lambda item: item.period or "")


def make_figure(
    found: tuple[ProfileSeries, Observation], profile: Profile, area: Area
) -> FigureView:
    """The view of one indicator for an area."""
    series, latest = found
    indicator, decimals = series.indicator, series.indicator.decimals
    figures = by_area_and_period(series.items)
    others = [figures.get((other.code, latest.period or "")) for other in profile.compared]
    sources = [profile.sources[at] for at in series.sources if at < len(profile.sources)]
    return FigureView(
        indicator=indicator,
        latest=latest,
        name=indicator.short_name or indicator.name,
        path=f"/indikatoren/{quote(indicator.code, safe='')}",
        period=period_in_words(latest.period),
        number=number(latest.value or 0.0, decimals),
        value=figure(latest, decimals),
        quality=quality_in_words(latest),
        interval=interval(latest, decimals),
        derivation=derivation_in_words(latest),
        is_marked=is_estimated(latest) or is_incomplete(latest),
        compared=tuple(figure(other, decimals) if other else MISSING for other in others),
        comparison=_comparison(latest, others, profile.compared, indicator),
        spark=_spark(series, area.code),
        series=make_series(
            figures, _places(profile, area), indicator, series.breaks, id=f"reihe-{indicator.code}"
        ),
        is_fictional=any(source.is_fictional for source in sources),
        is_sample=any(source.is_sample for source in sources),
    )


def _places(profile: Profile, area: Area) -> list[Place]:
    return [
        Place(area.code, area.name),
        *(Place(other.code, other.name, is_comparison=True) for other in profile.compared),
    ]


def _comparison(
    latest: Observation,
    others: Sequence[Observation | None],
    names: Sequence[AreaRef],
    indicator: ProfileIndicator,
) -> str:
    """`2,1 Prozentpunkte höher als Musterstadt (9,8)`; empty without anything to compare."""
    for other, name in zip(others, names, strict=True):
        words = (
            stands_to(latest, other, name.name, indicator.decimals, indicator.unit) if other else ""
        )
        if words:
            return words
    return ""


def _spark(series: ProfileSeries, code: str) -> Markup:
    own = sorted(
        (item for item in series.items if item.area == code), key=lambda item: item.period or ""
    )
    points = [
        f"{period_in_words(item.period)}: {number(item.value, series.indicator.decimals)}"
        for item in own
        if item.value is not None
    ]
    return sparkline([item.value for item in own], text=f"Verlauf {', '.join(points)}")
