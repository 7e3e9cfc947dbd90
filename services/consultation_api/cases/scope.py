"""The case that a goal, an entry or a task belongs to: seen, held, and known to be open."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.cases import repository
from services.consultation_api.cases.rules import STATE_LABELS, is_final
from services.consultation_api.sides import Parties, Side
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.problems import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class CaseScope:
    """A case as what lies within it needs to know it; `side` is the principal's."""

    id: UUID
    reference: str
    title: str
    parties: Parties
    state: Any
    version: int
    side: Side

    def columns(self) -> dict[str, UUID]:
        """What a row within the case says of the case."""
        return {"case_id": self.id, **self.parties.columns()}


async def see(session: AsyncSession, principal: Principal, case_id: UUID) -> CaseScope:
    """The case, to read in it; raises `NotFound` if the principal may not see it."""
    return _scope(await repository.look(session, case_id), principal)


async def hold(session: AsyncSession, principal: Principal, case_id: UUID) -> CaseScope:
    """The case, to write in it: nobody ends it meanwhile.

    Raises `NotFound`, and `Conflict` (`case_closed`) if it has ended.
    """
    scope = _scope(await repository.hold(session, case_id, for_change=False), principal)
    refuse_ended(scope)
    return scope


async def hold_alone(session: AsyncSession, principal: Principal, case_id: UUID) -> CaseScope:
    """The case, to change it: nobody writes in it meanwhile. Raises as `hold`."""
    scope = _scope(await repository.hold(session, case_id, for_change=True), principal)
    refuse_ended(scope)
    return scope


def refuse_ended(scope: CaseScope) -> None:
    """Raise `Conflict` if the case has ended."""
    if is_final(scope.state):
        raise Conflict(
            "case_closed",
            f"Der Fall {scope.reference} ist „{STATE_LABELS[scope.state]}“. In ihm lässt sich "
            "nichts mehr ändern; lesen und exportieren können Sie ihn weiterhin.",
            **{"from": scope.state},
            allowed=[],
        )


def _scope(row: dict[str, Any] | None, principal: Principal) -> CaseScope:
    if row is None:
        raise NotFound("case_unknown", "Diesen Fall gibt es nicht.")
    parties = Parties.of(row)
    return CaseScope(
        id=row["id"],
        reference=row["reference"],
        title=row["title"],
        parties=parties,
        state=row["state"],
        version=row["row_version"],
        side=parties.side_of(principal.organisation_id),
    )


async def add_entry(session: AsyncSession, values: dict[str, Any]) -> None:
    """Put an entry on the timeline of the case that its values name."""
    await repository.add_entry(session, values)


async def note_event(
    session: AsyncSession, principal: Principal, scope: CaseScope, title: str, words: str = ""
) -> None:
    """Put what has just happened on the timeline, for both sides to see."""
    now = datetime.now(UTC)
    await repository.add_entry(
        session,
        {
            "id": new_id(),
            **scope.columns(),
            "kind": "ereignis",
            "occurred_on": await repository.today(session),
            "title": title,
            "text": words,
            "visibility": "gemeinsam",
            "topics": [],
            "side": scope.side,
            "author_id": principal.subject_id,
            "author_name": principal.subject_name,
            "created_at": now,
            "changed_at": now,
        },
    )
