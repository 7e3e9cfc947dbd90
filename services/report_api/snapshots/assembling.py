"""A snapshot from what was read: only what its cells need is frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from services.report_api.figures.rules import Cell, SliceKey, Status
from services.report_api.snapshots.planning import Plan
from services.report_api.snapshots.rules import (
    AreaRecord,
    GroupRecord,
    IndicatorRecord,
    MapRecord,
    PeriodRecord,
    Scope,
    Snapshot,
    SourceRecord,
)
from services.shared.principal import Principal


@dataclass(frozen=True, slots=True)
class ReleaseUse:
    """A release that a snapshot rests on.

    `numbers` are the releases in which its cells were first seen: if one of them is withdrawn
    for disclosure, the report shows what nobody may see any more.
    """

    release_id: UUID
    series_id: int
    number: int
    holder_organisation_id: UUID
    audience_key: str
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A snapshot and the releases it rests on."""

    snapshot: Snapshot
    releases: tuple[ReleaseUse, ...]

    def audience_keys(self, principal: Principal) -> list[str]:
        """The readerships one must belong to; what one's own organisation holds asks for none."""
        return sorted(
            {
                item.audience_key
                for item in self.releases
                if item.holder_organisation_id != principal.organisation_id
            }
        )


def area_record(row: Mapping[str, Any]) -> AreaRecord:
    """An area of the register as a snapshot keeps it."""
    return AreaRecord(row["code"], row["name"], row["kind"], row["is_fictional"])


def _key(row: Mapping[str, Any]) -> SliceKey:
    return SliceKey(
        dataset=row["dataset"],
        measure=row["measure"],
        breakdown=row["breakdown"],
        period=row["period"],
        release=_release_key(row),
    )


def _release_key(row: Mapping[str, Any]) -> str:
    return f"{row['audience']}.{row['number']}"


def assemble(
    template: str,
    scope: Scope,
    plan: Plan,
    indicators: Sequence[dict[str, Any]],
    cells: Sequence[dict[str, Any]],
    areas: Sequence[dict[str, Any]],
    drawn: MapRecord | None,
    peers: GroupRecord | None,
) -> Frozen:
    """Only what the cells need is frozen: what is released elsewhere leaves the bytes alone."""
    keys = _slice_keys(plan, indicators)
    used = {cell["index"] for cell in cells}
    groups = [group for group in (drawn, peers) if group is not None]
    shown = {*scope.subject, *scope.comparisons, *(code for one in groups for code in one.codes)}
    records = []
    for item, pairs in zip(indicators, plan.pairs, strict=True):
        record = _indicator(item, pairs, plan, keys, used)
        if record.pairs:
            records.append(record)
    within = {group.within for group in groups}
    snapshot = Snapshot(
        template=template,
        subject=tuple(code for code in scope.subject if code in _codes(areas, cells)),
        comparisons=scope.comparisons,
        areas=tuple(
            sorted(
                {area_record(item) for item in areas if item["code"] in shown | within},
                key=lambda area: area.code,
            )
        ),
        periods=_periods(plan, used),
        indicators=tuple(records),
        sources=_sources(plan, used),
        cells=tuple(
            sorted(
                (
                    Cell(
                        id=keys[cell["index"]].cell_id(cell["area"]),
                        value=cell["value"],
                        status=Status(cell["status"]),
                        quality=cell["quality"],
                    )
                    for cell in cells
                ),
                key=lambda cell: cell.id,
            )
        ),
        map=drawn,
        peers=peers,
    )
    return Frozen(snapshot, _uses(plan, cells))


def _codes(areas: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]]) -> set[str]:
    return {item["code"] for item in areas} | {cell["area"] for cell in cells}


def _slice_keys(plan: Plan, indicators: Sequence[dict[str, Any]]) -> list[SliceKey]:
    codes = {
        (item[f"{part}_measure_id"], item[f"{part}_breakdown_id"]): (
            item[f"{part}_measure"],
            item[f"{part}_breakdown"],
        )
        for item in indicators
        for part in ("numerator", "denominator")
    }
    keys = []
    for row in plan.slices:
        measure, breakdown = codes[row["measure_id"], row["breakdown_id"]]
        keys.append(_key(row | {"measure": measure, "breakdown": breakdown}))
    return keys


def _indicator(
    item: Mapping[str, Any],
    pairs: Sequence[tuple[int, int | None]],
    plan: Plan,
    keys: Sequence[SliceKey],
    used: set[int],
) -> IndicatorRecord:
    """The definition with those of its pairs that have cells; a denominator without is left out."""
    kept: dict[tuple[int, int | None], None] = {}
    for one, other in pairs:
        if one in used:
            kept[one, other if other in used else None] = None
    whole = {one for one, other in kept if other is not None}
    chosen = [(one, other) for one, other in kept if other is not None or one not in whole]
    parts = {index for pair in chosen for index in pair if index is not None}
    return IndicatorRecord(
        code=item["code"],
        version=item["version"],
        name=item["name"],
        short_name=item["short_name"],
        question=item["question"],
        kind=item["kind"],
        numerator_text=item["numerator_text"],
        denominator_text=item["denominator_text"],
        unit=item["unit"],
        factor=item["factor"],
        decimals=item["decimals"],
        polarity=item["polarity"],
        dimension_code=item["dimension_code"],
        dimension_label=item["dimension_label"],
        definition_source=item["definition_source"],
        is_checked=item["is_checked"],
        is_sample=any(plan.slices[index]["is_sample"] for index in parts),
        note=item["note"],
        has_denominator=item["denominator_measure_id"] is not None,
        pairs=tuple((keys[one], None if other is None else keys[other]) for one, other in chosen),
    )


def _periods(plan: Plan, used: set[int]) -> tuple[PeriodRecord, ...]:
    found = {
        row["period"]: PeriodRecord(
            row["period"],
            row["period_label"],
            row["start_on"].isoformat(),
            row["end_on"].isoformat(),
        )
        for index, row in enumerate(plan.slices)
        if index in used
    }
    return tuple(sorted(found.values(), key=lambda item: (item.end_on, item.code)))


def _sources(plan: Plan, used: set[int]) -> tuple[SourceRecord, ...]:
    """The datasets behind the cells, in the order in which they were first needed."""
    found: dict[tuple[str, str], SourceRecord] = {}
    for index, row in enumerate(plan.slices):
        if index not in used:
            continue
        found.setdefault(
            (row["dataset"], _release_key(row)),
            SourceRecord(
                dataset=row["dataset"],
                release=_release_key(row),
                title=row["title"],
                publisher=row["publisher"],
                attribution=row["attribution"],
                licence=row["licence"],
                is_fictional=row["is_fictional"],
                is_sample=row["is_sample"],
                additivity=row["additivity"],
                denominator_basis=row["denominator_basis"],
                audience=row["audience"],
                release_id=str(row["release_id"]),
                number=row["number"],
                published_at=row["published_at"].astimezone(UTC).isoformat(timespec="seconds"),
            ),
        )
    return tuple(found.values())


def _uses(plan: Plan, cells: Sequence[Mapping[str, Any]]) -> tuple[ReleaseUse, ...]:
    numbers: dict[int, set[int]] = {}
    rows: dict[int, dict[str, Any]] = {}
    for cell in cells:
        row = plan.slices[cell["index"]]
        rows[row["series_id"]] = row
        numbers.setdefault(row["series_id"], set()).add(cell["released_from"])
    return tuple(
        ReleaseUse(
            release_id=row["release_id"],
            series_id=series_id,
            number=row["number"],
            holder_organisation_id=row["holder_organisation_id"],
            audience_key=row["audience_key"],
            numbers=frozenset(numbers[series_id]),
        )
        for series_id, row in sorted(rows.items())
    )
