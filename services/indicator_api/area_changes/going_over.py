"""What an area gives away it gives away once, however many events tell of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_changes import repository
from services.indicator_api.area_changes.repository import EarlierWay, Version
from services.indicator_api.area_changes.rules import Link
from services.shared.problems import Conflict


async def check_not_gone(
    session: AsyncSession, before: Mapping[str, Version], links: Sequence[Link]
) -> None:
    """Raise `Conflict` where a source of `links` went over by an event recorded already.

    Its shares are of one event. But it may go over as a whole to the same area again: one that
    goes on takes in two others on a day by two events. `before` are the sources by key.
    """
    codes = {version.id: code for code, version in before.items()}
    gone: dict[str, list[EarlierWay]] = defaultdict(list)
    for way in await repository.earlier_ways(session, list(codes)):
        gone[codes[way.source_id]].append(way)
    for code, earlier in gone.items():
        later = [link for link in links if link.source == code and link.target is not None]
        targets = {*(way.target for way in earlier), *(link.target for link in later)}
        is_whole = all(way.is_whole for way in earlier) and all(link.is_whole for link in later)
        if later and not (is_whole and len(targets) == 1):
            names = ", ".join(dict.fromkeys(way.target for way in earlier))
            raise Conflict(
                "area_went_over",
                f"Was aus {code} wurde, ist zum {earlier[0].effective_on:%d.%m.%Y} schon "
                f"verzeichnet ({names}); es zählte sonst doppelt. Alle Teile eines Gebiets gehören "
                "in eine Änderung, und frühere Änderungen werden vor späteren verzeichnet.",
            )
