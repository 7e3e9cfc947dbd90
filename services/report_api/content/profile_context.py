"""What all chapters of a profile share: the figures, the numbers of the sources, the names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.report_api.content.blocks import Figure as ShownFigure
from services.report_api.content.words import (
    interval_in_words,
    place,
    quality_in_words,
    short_name,
    value_in_words,
)
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import (
    AreaRecord,
    GroupRecord,
    IndicatorRecord,
    MapRecord,
    Reading,
)

Group = MapRecord | GroupRecord


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What identifies a report besides its figures, and what its reader chose.

    `map_indicator` and `chart_indicator` are codes, None for a report without map or chart.
    """

    reference: str
    publisher: str
    created_at: datetime
    fingerprint: str
    map_indicator: str | None
    chart_indicator: str | None


class ProfileContext:
    """A snapshot as the chapters read it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.subject: AreaRecord = reading.subject
        self._numbers = {
            (source.dataset, source.release): number
            for number, source in enumerate(reading.snapshot.sources, start=1)
        }

    @property
    def name(self) -> str:
        """The short name of the area reported on."""
        return short_name(self.subject)

    @property
    def where(self) -> str:
        """„in Musterstadt“."""
        return place(self.subject)

    def comparisons(
        self, indicator: IndicatorRecord, period: str
    ) -> list[tuple[AreaRecord, Figure]]:
        """The areas to compare with that have a figure of the period, the nearest first."""
        found = []
        for code in self.reading.snapshot.comparisons:
            figure = self.reading.figure(indicator, code, period)
            if figure is not None:
                found.append((self.reading.areas[code], figure))
        return found

    def own_newest(self) -> list[tuple[IndicatorRecord, Figure]]:
        """Each indicator with the subject's newest figure, where there is one."""
        return [
            (indicator, figure)
            for indicator in self.reading.snapshot.indicators
            if (figure := self.reading.newest(indicator)) is not None
        ]

    def period_label(self, code: str) -> str:
        """„31.12.2024“."""
        return self.reading.periods[code].label

    def when(self, code: str) -> str:
        """„am 31.12.2024“ or „2023“, to stand behind a verb."""
        period = self.reading.periods[code]
        return f"am {period.label}" if period.start_on == period.end_on else period.label

    def sources(self, figures: Iterable[Figure | None]) -> tuple[int, ...]:
        """The numbers of the sources behind figures."""
        cells = (cell for figure in figures if figure is not None for cell in figure.cells)
        return self.sources_of_cells(cells)

    def sources_of_cells(self, cells: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the sources behind cells, by the cells' ids."""
        keys = {(cell.partition("/")[0], cell.rpartition("@")[2]) for cell in cells}
        return tuple(sorted(self._numbers[key] for key in keys))

    def map_figures(
        self, indicator: IndicatorRecord, period: str
    ) -> list[tuple[str, Figure | None]]:
        """The areas of the map by key, each with its figure."""
        return self.group_figures(indicator, self.reading.snapshot.map, period)

    def group_figures(
        self, indicator: IndicatorRecord, group: Group | None, period: str
    ) -> list[tuple[str, Figure | None]]:
        """The areas of a group by key, each with its figure."""
        codes: Sequence[str] = group.codes if group else ()
        return [(code, self.reading.figure(indicator, code, period)) for code in codes]

    @property
    def own_group(self) -> Group | None:
        """The areas that the subject is one of: those of the map, else its peers."""
        snapshot = self.reading.snapshot
        for group in (snapshot.map, snapshot.peers):
            if group is not None and any(code in group.codes for code in snapshot.subject):
                return group
        return None


def shown(
    indicator: IndicatorRecord,
    figure: Figure | None,
    *,
    has_unit: bool = True,
    has_interval: bool = True,
    has_quality: bool = True,
) -> ShownFigure:
    """A figure as blocks show it; None is „k. A.“."""
    if figure is None:
        return ShownFigure(text="k.\u00a0A.", is_missing=True)
    text = value_in_words(indicator, figure, has_unit=has_unit)
    words = quality_in_words(figure)
    if words and has_quality and figure.value is not None:
        text = f"{text} ({words})"
    return ShownFigure(
        text=text,
        is_hidden=figure.is_hidden,
        is_missing=figure.value is None and not figure.is_hidden,
        interval=interval_in_words(indicator, figure, has_unit=has_unit) if has_interval else "",
        cells=figure.cells,
    )


def has_value(figure: Figure | None) -> bool:
    """Whether there is a number to show."""
    return figure is not None and figure.value is not None
