"""What is decided about a delivery after it was handed in: by whom, when, in which state."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries import repository, turns
from services.indicator_api.deliveries.outcomes import DAYS_TO_DECIDE, WAITING_STATES
from services.indicator_api.deliveries.schemas import Action
from services.indicator_api.deliveries.second_person import may_approve, may_approve_withdrawal
from services.shared import audit
from services.shared.etags import require_match
from services.shared.jobs import JobQueue
from services.shared.principal import Principal
from services.shared.problems import Conflict, Forbidden, NotFound

# states in which the table may be read another way
_MAPPABLE = frozenset({"asking", "confirming", "approving", "checked", "rejected"})


def actions_of(delivery: dict[str, Any], principal: Principal) -> list[Action]:
    """What this principal may do with the delivery as it stands."""
    if not principal.has("deliveries:create"):
        return []
    state = delivery["state"]
    actions: list[Action] = []
    if state in _MAPPABLE and delivery["content_deleted_at"] is None:
        actions.append("map")
    if state == "confirming":
        actions.append("confirm")
    if state == "approving" and may_approve(delivery, principal):
        actions.append("approve")
    if state in WAITING_STATES:
        actions.append("discard")
    if state == "accepted":
        actions.append("withdraw")
    if state == "withdrawal_approving":
        if may_approve_withdrawal(delivery, principal):
            actions.append("approve_withdrawal")
        actions.append("keep")
    if state == "checked" and delivery["content_deleted_at"] is None:
        actions.append("deliver")
    return actions


def decision(principal: Principal, reason: str = "") -> dict[str, Any]:
    """Who decides, when and why, as it is kept with the delivery."""
    return {
        "by": principal.subject_name,
        "by_id": str(principal.subject_id),
        "at": datetime.now(UTC).isoformat(),
        "reason": reason,
    }


def last_day() -> datetime:
    """Until when somebody may decide."""
    return datetime.now(UTC) + timedelta(days=DAYS_TO_DECIDE)


async def locked(
    session: AsyncSession, delivery_id: UUID, request: Request, is_open: Callable[[str], bool]
) -> dict[str, Any]:
    """The delivery, kept from changing, in one of the states for which `is_open` holds.

    Raises `NotFound`, `PreconditionRequired` and `PreconditionFailed` (If-Match), `Conflict`.
    """
    delivery = await repository.lock(session, delivery_id)
    if delivery is None:
        raise NotFound("delivery_unknown", "Diese Lieferung gibt es nicht.")
    require_match(request, delivery["row_version"])
    if not is_open(delivery["state"]):
        raise Conflict(
            "delivery_not_open",
            "In ihrem jetzigen Stand lässt sich das mit der Lieferung nicht tun. Laden Sie sie "
            "neu: Unter „actions“ steht, was möglich ist.",
            state=delivery["state"],
        )
    return delivery


async def confirm(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
    reason: str,
) -> None:
    """Take the delivery in spite of its warnings; the reason is kept with it."""
    delivery = await locked(session, delivery_id, request, lambda state: state == "confirming")
    needs_approval = delivery["needs_approval"]
    await repository.change(
        session,
        delivery_id,
        {
            "confirmation": decision(principal, reason),
            "state": "approving" if needs_approval else "loading",
            "waits_until": last_day() if needs_approval else None,
        },
    )
    await record(session, principal, "delivery.confirmed", delivery_id)
    if not needs_approval:
        await turns.begin_loading(session, jobs, delivery_id)


async def approve(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
) -> None:
    """Agree, as a second person, that the delivery is taken."""
    delivery = await locked(session, delivery_id, request, lambda state: state == "approving")
    if not may_approve(delivery, principal):
        raise Forbidden(
            "second_person_needed",
            "Dieser Datenbestand verlangt die Zustimmung einer zweiten Person: Wer geliefert, die "
            "Spalten zugeordnet oder die Lieferung einer Maschine bestätigt hat, kann nicht selbst "
            "zustimmen. Ein API-Schlüssel ist keine Person; was er tut, zählt als Tun der Person, "
            "die ihn angelegt hat.",
        )
    await repository.change(
        session,
        delivery_id,
        {"approval": decision(principal), "state": "loading", "waits_until": None},
    )
    await record(session, principal, "delivery.approved", delivery_id)
    await turns.begin_loading(session, jobs, delivery_id)


async def discard(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
) -> None:
    """Give a waiting delivery up; nothing of it was taken, its files are deleted."""
    await locked(session, delivery_id, request, WAITING_STATES.__contains__)
    await give_up(session, jobs, principal, delivery_id, "discarded")


async def give_up(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    state: Literal["discarded", "expired"],
) -> None:
    """End a waiting delivery, locked by the caller; its files are deleted in the background."""
    await repository.finish(
        session, delivery_id, {"state": state, "content_deleted_at": datetime.now(UTC)}
    )
    await record(session, principal, f"delivery.{state}", delivery_id)
    await jobs.defer(session, "remove_delivery_files", delivery_id=str(delivery_id))


async def remap(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
    *,
    mapping: dict[str, Any],
    mapping_name: str | None,
) -> None:
    """Have the file checked again, read as `mapping` says."""
    delivery = await locked(session, delivery_id, request, _MAPPABLE.__contains__)
    if delivery["content_deleted_at"] is not None:
        raise Conflict(
            "delivery_content_deleted",
            "Die Datei dieser Lieferung wurde gelöscht; sie lässt sich nicht noch einmal lesen.",
        )
    # through a machine one does not become another
    person = principal.subject_id if principal.subject_kind == "account" else None
    await repository.change(
        session,
        delivery_id,
        {
            "mapping": mapping,
            "mapping_name": mapping_name,
            "mapped_by": person or delivery["mapped_by"],
            "mapped_with_key": None if person else principal.subject_id,
            "state": "received",
            "confirmation": None,
            "approval": None,
            "waits_until": None,
            "finished_at": None,
            "failure": None,
            "attempts": 0,
        },
    )
    await record(session, principal, "delivery.mapped", delivery_id)
    await turns.begin_checking(session, jobs, delivery_id)


async def record(
    session: AsyncSession, principal: Principal, action: str, delivery_id: UUID
) -> None:
    """Write to the audit what was decided."""
    await audit.record(session, "indicator", principal, action, "delivery", delivery_id)
