"""Use cases of measures."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.indicator_api.measures.models import Measure, MeasureSourceCode
from services.indicator_api.measures.schemas import MeasureRead, MeasureWrite
from services.shared import audit
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, NotFound


def _read(measure: Measure) -> MeasureRead:
    return MeasureRead(
        code=measure.code,
        name=measure.name,
        unit=measure.unit,
        kind=measure.kind,  # type: ignore[arg-type]
        universe=measure.universe,
        description=measure.description,
        is_sensitive=measure.is_sensitive,
        source_codes=[item.source_code for item in measure.source_codes],
    )


async def list_measures(session: AsyncSession, cursor: str | None, limit: int) -> Page[MeasureRead]:
    """One page of measures by code."""
    query = select(Measure).options(selectinload(Measure.source_codes)).order_by(Measure.code)
    after = decode_cursor(cursor, str)
    if after is not None:
        query = query.where(Measure.code > after[0])
    shown, has_more = cut((await session.scalars(query.limit(limit + 1))).all(), limit)
    page = Page(items=[_read(measure) for measure in shown])
    if has_more:
        page.next = encode_cursor(shown[-1].code)
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_measure",
            detail="Es ist noch keine Messgröße angelegt.",
            suggestion="Das Statistische Landesamt legt Messgrößen an, bevor geliefert wird.",
        )
    return page


async def read_measure(session: AsyncSession, code: str) -> MeasureRead:
    """One measure; raises `NotFound`."""
    measure = await session.scalar(
        select(Measure).options(selectinload(Measure.source_codes)).where(Measure.code == code)
    )
    if measure is None:
        raise NotFound("measure_unknown", f"Die Messgröße „{code}“ gibt es nicht.")
    return _read(measure)


async def create_measure(
    session: AsyncSession, principal: Principal, wanted: MeasureWrite
) -> MeasureRead:
    """Register a measure; raises `Conflict` if a code is taken."""
    measure = Measure(
        **wanted.model_dump(exclude={"source_codes"}),
        source_codes=[MeasureSourceCode(source_code=code) for code in wanted.source_codes],
    )
    session.add(measure)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(
            "measure_exists",
            f"Der Code „{wanted.code}“ oder einer seiner Quellcodes ist schon vergeben.",
        ) from error
    await audit.record(session, "indicator", principal, "measure.created", "measure", wanted.code)
    return _read(measure)
