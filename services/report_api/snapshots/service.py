"""Use case of snapshots: freeze what a principal may see of an area, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.report_api.figures.rules import best_covered
from services.report_api.snapshots import repository
from services.report_api.snapshots.assembling import Frozen, area_record, assemble
from services.report_api.snapshots.planning import Plan, plan_slices
from services.report_api.snapshots.rules import (
    SUPPORTED_KINDS,
    GroupRecord,
    MapRecord,
    Place,
    Reading,
    Snapshot,
    scope_of,
)
from services.shared.problems import FieldError, Invalid, NotFound

# in pixels; a map fits into half a page of A4
MAP_WIDTH, MAP_HEIGHT = 640, 520


async def freeze(session: AsyncSession, template: str, code: str) -> Frozen:
    """Read all that a report about an area needs; `session` must be one repeatable-read snapshot.

    Raises `NotFound` (`area_unknown`) and `Invalid` (`area_kind_unsupported`,
    `area_without_figures`).
    """
    row = await _find_area(session, code)
    lineage = await repository.read_lineage(session, row["lineage"])
    scope = scope_of(_place(lineage))
    indicators = await repository.read_indicators(session)
    plan = await plan_slices(session, indicators)
    named = [*scope.subject, *scope.comparisons]
    cells = await repository.read_cells(session, plan.wanted(range(len(plan.slices))), named)
    map_group = await _choose_group(session, scope.maps, plan)
    peer_group = await _choose_group(session, [scope.peers] if scope.peers else [], plan)
    known = set(named)
    for group in (map_group, peer_group):
        if group is not None:
            # those named above are read for all periods already
            codes = [item["code"] for item in group.areas if item["code"] not in known]
            cells += await repository.read_cells(session, plan.wanted(group.slices), codes)
            known.update(codes)
            lineage += group.areas
    drawn = await _draw(session, map_group)
    peers = _record(peer_group)
    frozen = assemble(template, scope, plan, indicators, cells, lineage, drawn, peers)
    _require_figures(frozen.snapshot, row)
    return frozen


async def _find_area(session: AsyncSession, code: str) -> dict[str, Any]:
    row = await repository.find_area(session, code)
    if row is None:
        hint = (
            f" Fehlt die führende Null? Gemeint ist vielleicht „0{code}“."
            if code.isdigit() and len(code) in (4, 7)
            else ""
        )
        raise NotFound("area_unknown", f"Das Gebiet „{code}“ steht nicht im Verzeichnis.{hint}")
    if row["kind"] not in SUPPORTED_KINDS:
        detail = (
            f"{row['name']} ist ein Gebiet der Ebene „{row['kind_label']}“. Dieses Profil gibt es "
            "für Gemeinden, Kreise und Quartiere."
        )
        raise Invalid(
            "area_kind_unsupported",
            detail,
            errors=[FieldError("area", "area_kind_unsupported", detail)],
            suggestion="Wählen Sie eine Gemeinde, einen Kreis oder ein Quartier.",
        )
    if not row["is_valid"]:
        ended = f" seit dem {row['valid_to']:%d.%m.%Y}" if row["valid_to"] else ""
        detail = f"{row['name']} gibt es{ended} nicht mehr; ein Profil zeigt heutige Gebiete."
        raise Invalid(
            "area_without_figures",
            detail,
            errors=[FieldError("area", "area_without_figures", detail)],
            suggestion="Wählen Sie das Gebiet, das an seine Stelle getreten ist.",
        )
    return row


def _place(lineage: Sequence[dict[str, Any]]) -> Place:
    own = lineage[-1]
    kreis = next((item for item in lineage if item["kind"] == "kreis"), None)
    return Place(
        area=area_record(own),
        above=tuple(area_record(item) for item in reversed(lineage[:-1])),
        below=own["below"],
        municipalities_of_kreis=kreis["below"].get("gemeinde", 0) if kreis else 0,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """Areas of one level in a larger one, and the slices of one period of each indicator."""

    within: str
    areas: list[dict[str, Any]]
    slices: set[int]


async def _choose_group(
    session: AsyncSession, candidates: Sequence[tuple[str, str]], plan: Plan
) -> _Group | None:
    """The first of the groups (area around them, kind) that has figures."""
    for within, level in candidates:
        areas = await repository.read_areas_within(session, within, level)
        if len(areas) < 2:
            continue
        wanted = {
            one for pairs in plan.pairs for one, _ in pairs if level in plan.slices[one]["kinds"]
        }
        covered = await repository.count_covered(
            session, plan.wanted(wanted), [item["id"] for item in areas]
        )
        chosen = {
            index
            for pairs in plan.pairs
            for pair in _of_map_period(plan, pairs, covered)
            for index in pair
            if index is not None
        }
        if chosen:
            return _Group(within, areas, chosen)
    return None


def _record(group: _Group | None) -> GroupRecord | None:
    if group is None:
        return None
    codes = tuple(item["code"] for item in group.areas)
    return GroupRecord(group.within, group.areas[0]["kind"], codes)


def _of_map_period(
    plan: Plan, pairs: Sequence[tuple[int, int | None]], covered: Mapping[int, int]
) -> list[tuple[int, int | None]]:
    """The pairs of the period that the map shows (see `best_covered`)."""
    counts: dict[int, int] = {}
    for one in dict.fromkeys(one for one, _ in pairs):
        period = plan.slices[one]["period_id"]
        counts[period] = counts.get(period, 0) + covered.get(one, 0)
    shown = best_covered(counts)
    return [pair for pair in pairs if plan.slices[pair[0]]["period_id"] == shown]


async def _draw(session: AsyncSession, group: _Group | None) -> MapRecord | None:
    record = _record(group)
    if group is None or record is None:
        return None
    detail = "low" if record.level == "kreis" else "mid"
    paths, width, height = await repository.read_paths(
        session, [item["id"] for item in group.areas], detail, MAP_WIDTH, MAP_HEIGHT
    )
    return MapRecord(
        within=record.within,
        level=record.level,
        codes=record.codes,
        width=width,
        height=height,
        paths=paths,
    )


def _require_figures(snapshot: Snapshot, area: Mapping[str, Any]) -> None:
    reading = Reading(snapshot)
    for indicator in snapshot.indicators:
        if any(
            figure is not None and figure.value is not None
            for figure in (reading.own_figure(indicator, period) for period in indicator.periods)
        ):
            return
    detail = (
        f"Zu {area['name']} ist keine Zahl freigegeben, die Sie sehen dürfen. Ein Bericht ohne "
        "Zahlen wäre leer und wird deshalb nicht erstellt."
    )
    raise Invalid(
        "area_without_figures",
        detail,
        errors=[FieldError("area", "area_without_figures", detail)],
        suggestion="Fragen Sie die Stelle, die Zahlen zu diesem Gebiet führt, nach einer Freigabe, "
        "oder wählen Sie das nächstgrößere Gebiet.",
    )
