"""Use case of a rehearsal: what recording a change would do, with nothing kept of it."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes.schemas import EventRead, EventWrite
from services.indicator_api.area_changes.service import record_event
from services.shared.principal import Principal


async def rehearse_event(
    session: AsyncSession, principal: Principal, wanted: EventWrite
) -> EventRead:
    """The change as it would be read, after every check; raises what `record_event` raises."""
    async with session.begin_nested() as savepoint:
        event = await record_event(session, principal, wanted)
        await savepoint.rollback()
    return event
