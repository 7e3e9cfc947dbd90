"""Use cases of sets: Quartiere, Sozialräume, Fördergebiete, Schuleinzugsgebiete."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.service import today
from services.indicator_api.areas.shapes import rebuild_shapes_of_sets
from services.indicator_api.partitions import repository
from services.indicator_api.partitions import set_repository as sets
from services.indicator_api.partitions.composing import Composed, ComposedPart, compose
from services.indicator_api.partitions.cutting import Unit, in_degrees
from services.indicator_api.partitions.rules import (
    BASIS_WORDS,
    Part,
    belongs_to,
    settled,
    sums_other_than_one,
)
from services.indicator_api.partitions.schemas import Keeper, Named
from services.indicator_api.partitions.service import check_municipality
from services.indicator_api.partitions.set_schemas import (
    AreaSetChange,
    AreaSetDetail,
    AreaSetRead,
    AreaSetWrite,
    DraftRead,
    PartRead,
    SetDraft,
    SetNote,
    SetShape,
)
from services.shared import audit
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Invalid, NotFound

_MOST_NAMED = 20
_NONE = Reason(
    code="no_area_set",
    detail="Zu dieser Auswahl ist kein Gebiet aus Einheiten zusammengesetzt.",
    suggestion="Setzen Sie eines aus den Einheiten Ihrer Gliederung zusammen.",
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The municipality of a set, its partition on the day the set begins, and the units."""

    town: dict[str, Any]
    partition: dict[str, Any]
    units: list[Unit]
    day: date


async def list_sets(
    session: AsyncSession,
    principal: Principal,
    *,
    municipality: str | None,
    unit: str | None,
    kind: str | None,
    own: bool,
    valid_on: date | None,
    cursor: str | None,
    limit: int,
) -> Page[AreaSetRead]:
    """One page of sets; an empty one says how to begin. Nobody's own sets are none."""
    if own and principal.organisation_id is None:
        return Page(items=[], reason=_NONE)
    rows = await sets.list_sets(
        session,
        municipality=municipality,
        unit=unit,
        kind=kind,
        holder=principal.organisation_id if own else None,
        valid_on=valid_on,
        after=decode_cursor(cursor, str, int),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[AreaSetRead.model_validate(_read(row, principal)) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["code"], shown[-1]["id"])
    if not shown and cursor is None:
        page.reason = _NONE
    return page


def _read(row: dict[str, Any], principal: Principal) -> dict[str, Any]:
    return {
        **row,
        "municipality": Named(code=row["municipality_code"], name=row["municipality_name"]),
        "holder": Keeper(id=row["holder_organisation_id"], name=row["holder_name"] or ""),
        "is_own": row["holder_organisation_id"] == principal.organisation_id,
    }


async def find(session: AsyncSession, code: str, valid_on: date | None = None) -> dict[str, Any]:
    """The row of a set; raises `NotFound`."""
    row = await sets.find_set(session, code, valid_on or today())
    if row is None:
        raise NotFound("area_set_unknown", f"Ein zusammengesetztes Gebiet „{code}“ gibt es nicht.")
    return row


async def find_own(session: AsyncSession, principal: Principal, code: str) -> dict[str, Any]:
    """The row of a set that the caller's organisation keeps, locked; raises `NotFound`."""
    row = await find(session, code)
    if row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound("area_set_not_yours", f"Das Gebiet „{code}“ führt eine andere Stelle.")
    await sets.lock_set(session, row["id"])
    return await find(session, code)


async def detail(
    session: AsyncSession, principal: Principal, row: dict[str, Any], notes: Sequence[SetNote] = ()
) -> AreaSetDetail:
    """One set with its parts, and what became of those that are no more."""
    parts = await sets.parts_of(session, [row["id"]])
    ended = [_ended(unit) for unit in await sets.ended_parts(session, row["id"])]
    return AreaSetDetail.model_validate(
        _read(row, principal)
        | {
            "parts": [
                PartRead.model_validate(part | {"basis_label": BASIS_WORDS[part["basis"]]})
                for part in parts
            ],
            "notes": [*notes, *ended],
        }
    )


def _ended(unit: dict[str, Any]) -> SetNote:
    """What to know of a unit that is no more, and how the set is renewed."""
    who, day = f"{unit['name']} ({unit['code']})", f"{unit['valid_to']:%d.%m.%Y}"
    names = ", ".join(f"{item['name']} ({item['code']})" for item in unit["successors"])
    if names:
        words = f"{who} gibt es seit dem {day} nicht mehr; daraus wurde {names}"
    elif unit["is_followed"]:
        words = f"{who} gilt seit dem {day} in neuer Fassung"
    else:
        words = f"{who} gibt es seit dem {day} nicht mehr"
    if unit["is_followed"]:
        detail = f"{words}. Das Gebiet geht damit weiter."
        return SetNote(code="unit_followed", detail=detail, unit=unit["code"])
    return SetNote(
        code="unit_ended",
        detail=f"{words}. Ab da hat das Gebiet keine Zahlen: Beenden Sie es zu diesem Tag und "
        "setzen Sie es aus den heutigen Einheiten neu zusammen.",
        unit=unit["code"],
    )


def version_of(read: AreaSetDetail) -> str:
    """What the `ETag` of a set is made of: it changes with whatever may be changed."""
    content = read.model_dump(mode="json", include={"name", "note", "valid_to", "parts"})
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:24]


async def _frame(session: AsyncSession, municipality: str, valid_from: date | None) -> _Frame:
    day = valid_from or today()
    town = await check_municipality(session, municipality, day)
    partition = await repository.partition_on(session, municipality, day)
    units = await repository.units_of(session, partition["id"], day) if partition else []
    if partition is None or not units:
        words = (
            f"Für {town['name']} gilt am {day:%d.%m.%Y} keine Gliederung, aus deren Einheiten ein "
            "Gebiet bestehen könnte."
        )
        raise Invalid(
            "no_partition", words, errors=[FieldError("/municipality", "no_partition", words)]
        )
    return _Frame(town, partition, units, day)


async def draft(session: AsyncSession, wanted: SetDraft) -> DraftRead:
    """What a set would be made of; nothing is written."""
    frame = await _frame(session, wanted.municipality, wanted.valid_from)
    composed = await compose(session, wanted, frame.units, frame.day, frame.town["name"])
    shape = composed.geometry
    return DraftRead(
        parts=[_part_read(item) for item in composed.parts],
        notes=composed.notes,
        area_km2=None if shape is None else round(shape.area / 1e6, 6),
        is_estimated=composed.is_estimated,
        geometry=None if shape is None else in_degrees(shape),
    )


def _part_read(item: ComposedPart) -> PartRead:
    return PartRead(
        unit=item.unit.code,
        name=item.unit.name,
        weight=item.part.weight,
        basis=item.part.basis,
        basis_label=BASIS_WORDS[item.part.basis],
        detail=item.detail,
    )


async def create(
    session: AsyncSession,
    principal: Principal,
    wanted: Sequence[AreaSetWrite],
    *,
    must_divide: bool,
) -> list[AreaSetDetail]:
    """Set up sets kept by the caller's organisation; together they may have to divide a town."""
    frames = [await _frame(session, item.municipality, item.valid_from) for item in wanted]
    for place, (item, frame) in enumerate(zip(wanted, frames, strict=True)):
        _check_form(item, frame, f"/{place}" if must_divide else "")
    composed = [
        await compose(session, item, frame.units, frame.day, frame.town["name"])
        for item, frame in zip(wanted, frames, strict=True)
    ]
    if must_divide:
        _check_division(frames, composed)
    elif wanted[0].distribution:
        await _check_with_others(session, frames[0], wanted[0].kind, wanted[0].code, composed[0])
    details = []
    for item, frame, made in zip(wanted, frames, composed, strict=True):
        row = await _insert(session, principal, item, frame, made)
        details.append(await detail(session, principal, row, made.notes))
    await repository.rebuild_compositions(session)
    return details


def _check_form(item: AreaSetWrite, frame: _Frame, place: str) -> None:
    if not belongs_to(item.code, item.municipality):
        words = f"Der Schlüssel beginnt mit dem der Gemeinde ({item.municipality})."
        raise Invalid(
            "code_not_below", words, errors=[FieldError(f"{place}/code", "code_not_below", words)]
        )
    ends = frame.partition["valid_to"]
    if item.valid_to is not None and item.valid_to <= frame.day:
        words = "Das Gebiet endet, bevor es beginnt."
    elif item.valid_from is None and frame.partition["valid_from"] is not None:
        words = (
            f"Die Gliederung gilt seit {frame.partition['valid_from']:%d.%m.%Y}: Nennen Sie den "
            "Beginn des Gebiets."
        )
    elif ends is not None and (item.valid_to is None or item.valid_to > ends):
        words = f"Die Gliederung endet am {ends:%d.%m.%Y}; das Gebiet gilt nicht länger."
    else:
        return
    raise Invalid(
        "validity_outside_partition",
        words,
        errors=[FieldError(f"{place}/valid_from", "validity_outside_partition", words)],
    )


def _check_division(frames: Sequence[_Frame], composed: Sequence[Composed]) -> None:
    if len({frame.partition["id"] for frame in frames}) > 1:
        raise Invalid(
            "several_partitions", "Die Gebiete einer Aufteilung liegen in einer Gliederung."
        )
    settle(composed)
    units = [unit.code for unit in frames[0].units]
    _refuse_sums(
        sums_other_than_one(units, [[part.part for part in made.parts] for made in composed]),
        frames[0].units,
    )


def settle(composed: Sequence[Composed]) -> None:
    """Take out what rounding alone left over where sets that were cut divide a unit."""
    if not all(made.is_cut for made in composed):
        return
    adjusted = settled([[item.part for item in made.parts] for made in composed])
    for made, parts in zip(composed, adjusted, strict=True):
        made.parts = [
            ComposedPart(item.unit, part, item.detail)
            for item, part in zip(made.parts, parts, strict=True)
        ]


async def _check_with_others(
    session: AsyncSession, frame: _Frame, kind: str, code: str, made: Composed
) -> None:
    ids = await sets.sets_beside(session, frame.town["id"], kind, frame.day, code)
    others = [
        Part(row["unit"], row["weight"], row["basis"]) for row in await sets.parts_of(session, ids)
    ]
    own = [item.part for item in made.parts]
    units = [unit.code for unit in frame.units]
    _refuse_sums(sums_other_than_one(units, [others, own]), frame.units)


def _refuse_sums(sums: Any, units: Sequence[Unit]) -> None:
    if not sums:
        return
    names = {unit.code: unit.name for unit in units}
    sentences = [
        f"{names.get(code, code)} ({code}): {f'{total:.4g}'.replace('.', ',')} statt 1"
        for code, total in list(sums.items())[:_MOST_NAMED]
    ]
    raise Invalid(
        "weights_not_one",
        "Die Gewichte jeder Einheit müssen zusammen 1 ergeben. Anders ist es bei: "
        f"{'; '.join(sentences)}.",
        errors=[FieldError("/parts", "weights_not_one", sentence) for sentence in sentences],
        sums=dict(sums),
    )


async def _insert(
    session: AsyncSession,
    principal: Principal,
    item: AreaSetWrite,
    frame: _Frame,
    made: Composed,
) -> dict[str, Any]:
    values = {
        **item.model_dump(include={"code", "kind", "name", "valid_from", "valid_to", "note"}),
        "town_id": frame.town["id"],
        "town_lineage": frame.town["lineage"],
        "is_fictional": frame.town["is_fictional"],
        "source": f"Zusammengesetzt aus: {frame.partition['name']}",
        "attribution": frame.partition["attribution"],
        "holder": principal.organisation_id,
    }
    try:
        set_id = await sets.insert_set(session, values, made)
    except IntegrityError as error:
        raise Conflict(
            "area_exists", f"Den Schlüssel „{item.code}“ trägt in dieser Zeit schon ein Gebiet."
        ) from error
    await rebuild_shapes_of_sets(session, [set_id])
    await audit.record(session, "indicator", principal, "area_set.created", "area", item.code)
    return await find(session, item.code, frame.day)


async def replace_parts(
    session: AsyncSession, principal: Principal, row: dict[str, Any], wanted: SetShape
) -> AreaSetDetail:
    """Make a set of other parts."""
    frame = await _frame(session, row["municipality_code"], row["valid_from"])
    made = await compose(session, wanted, frame.units, frame.day, frame.town["name"])
    if wanted.distribution:
        await _check_with_others(session, frame, row["kind"], row["code"], made)
    await sets.write_parts(session, row["id"], made)
    await rebuild_shapes_of_sets(session, [row["id"]])
    await repository.rebuild_compositions(session)
    await audit.record(
        session, "indicator", principal, "area_set.parts_replaced", "area", row["code"], ["parts"]
    )
    return await detail(session, principal, await find(session, row["code"]), made.notes)


async def change(
    session: AsyncSession, principal: Principal, row: dict[str, Any], wanted: AreaSetChange
) -> AreaSetDetail:
    """Rename a set or end it."""
    fields = wanted.model_dump(exclude_unset=True)
    begins, ends = row["valid_from"], fields.get("valid_to")
    if ends is not None and begins is not None and ends <= begins:
        words = "Das Gebiet endet, bevor es beginnt."
        raise Invalid(
            "validity_reversed", words, errors=[FieldError("/valid_to", "validity_reversed", words)]
        )
    if fields:
        try:
            await sets.update_set(session, row["id"], fields)
        except IntegrityError as error:
            raise Conflict(
                "area_exists", "In dieser Zeit trägt ein anderes Gebiet diesen Schlüssel."
            ) from error
        await repository.rebuild_compositions(session)
        await audit.record(
            session, "indicator", principal, "area_set.changed", "area", row["code"], sorted(fields)
        )
    return await detail(session, principal, await find(session, row["code"]))
