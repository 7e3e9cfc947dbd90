"""Use case of coverage: what is there and what is missing, by area and indicator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.service import today
from services.indicator_api.coverage import repository
from services.indicator_api.coverage.parts import Computed, find_computed
from services.indicator_api.coverage.repository import Wanted
from services.indicator_api.coverage.rules import (
    MAXIMUM_CELLS,
    STATE_LABELS,
    Found,
    Judged,
    judge,
)
from services.indicator_api.coverage.schemas import (
    Coverage,
    CoverageCell,
    CoverageCounts,
    CoverageParent,
    CoveredArea,
    CoveredIndicator,
    Labelled,
)
from services.indicator_api.facts.status import QUALITY_NAMES, Quality
from services.indicator_api.periods.rules import Period, parse_period
from services.shared.paging import Reason
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CoverageQuestion:
    """Which matrix is asked for; without `indicators` that of the key indicators, `*` all."""

    level: str
    parent: str | None = None
    indicators: tuple[str, ...] = ()
    period: str | None = None


async def read_coverage(
    session: AsyncSession, principal: Principal, question: CoverageQuestion
) -> Coverage:
    """The matrix; raises `NotFound` and `Invalid` for what cannot be asked."""
    level = await repository.find_level(session, question.level)
    if level is None:
        raise _invalid("level", "level_unknown", f"Die Ebene „{question.level}“ gibt es nicht.")
    period = _period(question.period)
    indicators = await _indicators(session, question.indicators)
    parent, areas = await _areas(session, principal, question)
    if len(areas) * len(indicators) > MAXIMUM_CELLS:
        raise _invalid(
            "parent",
            "coverage_too_large",
            "So viele Gebiete und Indikatoren auf einmal ergeben keine Übersicht. Grenzen Sie "
            "die Gebiete mit „parent“ oder die Indikatoren mit „indicator“ ein.",
        )
    until = None if period is None else period.end_on
    asked = [item for item in indicators if _reaches(item, level)]
    found = await repository.find_cells(
        session, asked, [area["id"] for area in areas], principal.organisation_id, until
    )
    released = await repository.newest_released(session, asked, level["code"])
    matrix = _Matrix(level, period, indicators, areas, found, released)
    without = matrix.without_figure(principal.has("facts:read_raw"))
    matrix = replace(matrix, computed=await find_computed(session, asked, without, today(), until))
    return matrix.document(parent, reads_raw=principal.has("facts:read_raw"))


def _reaches(item: Mapping[str, Any], level: Mapping[str, Any]) -> bool:
    """Whether an indicator is made down to a level."""
    return item["smallest_rank"] is None or bool(level["rank"] <= item["smallest_rank"])


async def _indicators(session: AsyncSession, codes: Sequence[str]) -> list[dict[str, Any]]:
    wanted = Wanted() if not codes else Wanted(tuple(codes), "*" in codes)
    indicators = await repository.find_indicators(session, wanted)
    known = {item["code"] for item in indicators}
    unknown = [code for code in codes if code != "*" and code not in known]
    if unknown:
        raise NotFound("indicator_unknown", f"Den Indikator „{unknown[0]}“ gibt es nicht.")
    return indicators


async def _areas(
    session: AsyncSession, principal: Principal, question: CoverageQuestion
) -> tuple[CoverageParent | None, list[dict[str, Any]]]:
    day = today()
    parent = None
    if question.parent is not None:
        parent = await repository.find_parent(session, question.parent, day)
        if parent is None:
            raise NotFound("area_unknown", f"Das Gebiet „{question.parent}“ gibt es nicht.")
    areas = await repository.list_areas(
        session,
        question.level,
        None if parent is None else parent["id"],
        principal.area_codes,
        day,
        MAXIMUM_CELLS + 1,
    )
    return None if parent is None else CoverageParent.model_validate(parent), areas


def _period(code: str | None) -> Period | None:
    if code is None:
        return None
    period = parse_period(code)
    if period is None:
        raise _invalid("period", "period_unreadable", f"„{code}“ ist keine Zeitangabe.")
    return period


def _invalid(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(pointer, code, detail)])


@dataclass(frozen=True, slots=True)
class _Matrix:
    level: Mapping[str, Any]
    period: Period | None
    indicators: Rows
    areas: Rows
    found: Mapping[tuple[int, int], Mapping[str, Any]]
    released: Mapping[tuple[int, bool], Mapping[str, Any]]
    computed: Mapping[tuple[int, int], Computed] = field(default_factory=dict)

    def without_figure(self, reads_raw: bool) -> list[tuple[int, int]]:
        """Indicator and area of the cells whose parts may tell more than they do themselves."""
        newest = self._newest()
        return [
            (item["id"], area["id"])
            for area in self.areas
            for item in self.indicators
            if _reaches(item, self.level)
            and _lacks_figure(
                self._judged(
                    self.found.get((item["id"], area["id"])),
                    newest.get((item["id"], area["is_fictional"])),
                    reads_raw,
                )
            )
        ]

    def document(self, parent: CoverageParent | None, *, reads_raw: bool) -> Coverage:
        """The whole matrix."""
        newest = self._newest()
        cells = [
            [
                self._cell(area, item, newest.get((item["id"], area["is_fictional"])), reads_raw)
                for item in self.indicators
            ]
            for area in self.areas
        ]
        only_fictional = bool(self.areas) and all(area["is_fictional"] for area in self.areas)
        period = self.period
        return Coverage(
            level=Labelled.model_validate(self.level),
            parent=parent,
            period=None if period is None else Labelled(code=period.code, label=period.label),
            states=[Labelled(code=code, label=label) for code, label in STATE_LABELS.items()],
            indicators=[
                CoveredIndicator.model_validate(
                    dict(item)
                    | {
                        "newest": _labelled(newest.get((item["id"], only_fictional))),
                        "counts": _counts([row[number] for row in cells]),
                    }
                )
                for number, item in enumerate(self.indicators)
            ],
            areas=[
                CoveredArea.model_validate(dict(area) | {"counts": _counts(row)})
                for area, row in zip(self.areas, cells, strict=True)
            ],
            cells=cells,
            reason=self._reason(parent),
        )

    def _newest(self) -> dict[tuple[int, bool], Mapping[str, Any]]:
        """The newest period of each indicator: released anywhere, or delivered for these areas."""
        newest = dict(self.released)
        is_fictional = {area["id"]: area["is_fictional"] for area in self.areas}
        for (indicator_id, area_id), entry in self.found.items():
            if entry["latest_on"] is None:
                continue
            key = (indicator_id, is_fictional[area_id])
            known = newest.get(key)
            if known is None or known["end_on"] < entry["latest_on"]:
                newest[key] = {
                    "end_on": entry["latest_on"],
                    "code": entry["period"],
                    "label": entry["period_label"],
                }
        return newest

    def _cell(
        self,
        area: Mapping[str, Any],
        item: Mapping[str, Any],
        newest: Mapping[str, Any] | None,
        reads_raw: bool,
    ) -> CoverageCell:
        if not _reaches(item, self.level):
            detail = f"Diesen Indikator gibt es nur bis zur Ebene „{item['smallest_label']}“."
            return CoverageCell(state="not_applicable", reason=detail)
        entry = self.found.get((item["id"], area["id"]))
        judged = self._judged(entry, newest, reads_raw)
        computed = self.computed.get((item["id"], area["id"]))
        if computed is not None and _lacks_figure(judged):
            cell = self._computed(computed, judged, newest)
            if cell is not None:
                return cell
        if entry is None:
            return CoverageCell(state=judged.state, status=judged.status, reason=judged.reason)
        has_figure = entry["latest_on"] is not None
        return CoverageCell(
            state=judged.state,
            latest=Labelled(code=entry["period"], label=entry["period_label"])
            if has_figure
            else None,
            periods=entry["periods"],
            status=judged.status,
            quality=_quality(entry["quality"]),
            dataset=entry["dataset"],
            reason=judged.reason,
        )

    def _computed(
        self, computed: Computed, judged: Judged, newest: Mapping[str, Any] | None
    ) -> CoverageCell | None:
        """What the parts give, if that is newer than what the area has itself."""
        wanted_on, label = self._wanted(newest)
        of_parts = f"Berechnet aus allen Teilen ({computed.parts} {computed.kinds})"
        latest = Labelled(code=computed.period, label=computed.period_label)
        if wanted_on is None or computed.latest_on >= wanted_on:
            return CoverageCell(
                state="computed", latest=latest, periods=computed.periods, reason=f"{of_parts}."
            )
        if judged.state == "outdated":
            return None
        reason = f"{of_parts}; für {label} haben noch nicht alle einen Wert."
        return CoverageCell(
            state="outdated", latest=latest, periods=computed.periods, reason=reason
        )

    def _judged(
        self, entry: Mapping[str, Any] | None, newest: Mapping[str, Any] | None, reads_raw: bool
    ) -> Judged:
        wanted_on, label = self._wanted(newest)
        found = None
        if entry is not None:
            found = Found(**{name: entry[name] for name in Found.__slots__})
        return judge(found, wanted_on, label, reads_raw=reads_raw)

    def _wanted(self, newest: Mapping[str, Any] | None) -> tuple[date | None, str]:
        """For which period there should be a figure: its last day and its name."""
        if self.period is not None:
            return self.period.end_on, self.period.label
        return (None, "") if newest is None else (newest["end_on"], newest["label"])

    def _reason(self, parent: CoverageParent | None) -> Reason | None:
        label = self.level["label"]
        if not self.areas:
            where = "Ihrer Zuständigkeit" if parent is None else f"„{parent.name}“"
            return Reason(
                code="no_area",
                detail=f"In {where} gibt es heute keine Gebiete der Ebene „{label}“.",
                suggestion="Wählen Sie eine andere Ebene oder ein anderes Gebiet.",
            )
        if not self.indicators:
            return Reason(
                code="no_indicator",
                detail="Es ist kein Schlüsselindikator angelegt.",
                suggestion="Nennen Sie Indikatoren mit „indicator“, oder „*“ für alle.",
            )
        return None


def _lacks_figure(judged: Judged) -> bool:
    """Whether nothing stands for the area, not even a sign, or only what is outdated."""
    return judged.state == "outdated" or (judged.state == "missing" and judged.status is None)


def _labelled(newest: Mapping[str, Any] | None) -> Labelled | None:
    return None if newest is None else Labelled(code=newest["code"], label=newest["label"])


def _counts(cells: Sequence[CoverageCell]) -> CoverageCounts:
    counts = CoverageCounts()
    for cell in cells:
        setattr(counts, cell.state, getattr(counts, cell.state) + 1)
    return counts


def _quality(bits: int) -> list[str]:
    return [name for flag, name in QUALITY_NAMES.items() if Quality(bits) & flag]
