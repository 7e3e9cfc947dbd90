"""Bringing the registered measures up to a list of them; none is ever deleted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.indicator_api.measures.models import Measure, MeasureSourceCode
from services.indicator_api.measures.schemas import MeasureWrite
from services.shared import audit
from services.shared.principal import Principal

_WORDING = ("name", "universe", "description", "is_sensitive")


async def ensure_measures(
    session: AsyncSession,
    principal: Principal,
    wanted: Sequence[MeasureWrite],
    faults: list[str],
) -> tuple[list[str], list[str]]:
    """Add the measures that are missing and bring the wording of the others up to date.

    The codes added and the codes revised. What figures rest on does not change: another kind or
    unit, or a source code that belongs to another measure, is told in `faults`.
    """
    query = select(Measure).options(selectinload(Measure.source_codes))
    known = {measure.code: measure for measure in await session.scalars(query)}
    owners = {item.source_code: code for code, m in known.items() for item in m.source_codes}
    added, revised = [], []
    for measure in wanted:
        place = f"measures.toml, Eintrag „{measure.code}“, Feld"
        foreign = [
            f"{code} ({owners[code]})"
            for code in measure.source_codes
            if owners.setdefault(code, measure.code) != measure.code
        ]
        if foreign:
            faults.append(f"{place} „source_codes“: schon vergeben: {', '.join(foreign)}.")
            continue
        found = known.get(measure.code)
        if found is None:
            await _add(session, principal, measure)
            added.append(measure.code)
            continue
        fixed = [
            name for name in ("kind", "unit") if getattr(found, name) != getattr(measure, name)
        ]
        faults += [
            f"{place} „{name}“: ändert sich nicht, denn gelieferte Zahlen beruhen darauf. "
            "Legen Sie eine neue Messgröße an."
            for name in fixed
        ]
        if not fixed and await _revise(session, principal, found, measure):
            revised.append(measure.code)
    return added, revised


async def _add(session: AsyncSession, principal: Principal, wanted: MeasureWrite) -> None:
    session.add(
        Measure(
            **wanted.model_dump(exclude={"source_codes"}),
            source_codes=[MeasureSourceCode(source_code=code) for code in wanted.source_codes],
        )
    )
    await session.flush()
    await audit.record(session, "indicator", principal, "measure.created", "measure", wanted.code)


async def _revise(
    session: AsyncSession, principal: Principal, found: Measure, wanted: MeasureWrite
) -> bool:
    changed = [name for name in _WORDING if getattr(found, name) != getattr(wanted, name)]
    before = {item.source_code for item in found.source_codes}
    missing = [code for code in wanted.source_codes if code not in before]
    if not changed and not missing:
        return False
    for name in changed:
        setattr(found, name, getattr(wanted, name))
    found.row_version += 1
    session.add_all(MeasureSourceCode(source_code=code, measure_id=found.id) for code in missing)
    await session.flush()
    fields = [*changed, *(["source_codes"] if missing else [])]
    await audit.record(
        session, "indicator", principal, "measure.changed", "measure", wanted.code, fields
    )
    return True
