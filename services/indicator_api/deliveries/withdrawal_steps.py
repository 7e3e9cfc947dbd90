"""Deciding whether an accepted delivery is taken back: ask, agree as a second person, keep it.

Figures that others rely on go with it: where a dataset wants a second person for deliveries, it
wants one for this too. While it is waited for, the delivery stands as it did.
"""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries import repository, turns
from services.indicator_api.deliveries.second_person import may_approve_withdrawal
from services.indicator_api.deliveries.steps import decision, last_day, locked, record
from services.shared.jobs import JobQueue
from services.shared.principal import Principal
from services.shared.problems import Forbidden

WAITING = "withdrawal_approving"


async def withdraw(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
    reason: str,
) -> None:
    """Have an accepted delivery taken back as a whole: in the background, or once agreed to."""
    delivery = await locked(session, delivery_id, request, lambda state: state == "accepted")
    needs_approval = delivery["needs_approval"]
    await repository.change(
        session,
        delivery_id,
        {
            "withdrawal": decision(principal, reason),
            "withdrawing_as": principal.to_job(),
            "state": WAITING if needs_approval else "withdrawing",
            "waits_until": last_day() if needs_approval else None,
            "failure": None,
        },
    )
    await record(session, principal, "delivery.withdrawal_wanted", delivery_id)
    if not needs_approval:
        await turns.begin_withdrawing(session, jobs, delivery_id)


async def approve_withdrawal(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    delivery_id: UUID,
    request: Request,
) -> None:
    """Agree, as a second person, that the delivery is taken back."""
    delivery = await locked(session, delivery_id, request, lambda state: state == WAITING)
    if not may_approve_withdrawal(delivery, principal):
        raise Forbidden(
            "second_person_needed",
            "Dieser Datenbestand verlangt auch für eine Rücknahme die Zustimmung einer zweiten "
            "Person: Wer sie verlangt hat, kann nicht selbst zustimmen. Ein API-Schlüssel ist "
            "keine Person; was er tut, zählt als Tun der Person, die ihn angelegt hat.",
        )
    agreed = delivery["withdrawal"] | {"approval": decision(principal)}
    await repository.change(
        session,
        delivery_id,
        {"withdrawal": agreed, "state": "withdrawing", "waits_until": None},
    )
    await record(session, principal, "delivery.withdrawal_approved", delivery_id)
    await turns.begin_withdrawing(session, jobs, delivery_id)


async def keep(
    session: AsyncSession, principal: Principal, delivery_id: UUID, request: Request
) -> None:
    """Leave a delivery as it is whose withdrawal waits for a second person."""
    await locked(session, delivery_id, request, lambda state: state == WAITING)
    await give_withdrawal_up(session, principal, delivery_id, "kept")


async def give_withdrawal_up(
    session: AsyncSession, principal: Principal, delivery_id: UUID, how: str
) -> None:
    """End the waiting for a second person; the caller has locked the delivery.

    `how`: `kept` by somebody, or `withdrawal_expired` as nobody agreed in time.
    """
    given_up: dict[str, Any] = {
        "state": "accepted", "withdrawal": None, "withdrawing_as": None, "waits_until": None,
    }  # fmt: skip
    await repository.change(session, delivery_id, given_up)
    await record(session, principal, f"delivery.{how}", delivery_id)
