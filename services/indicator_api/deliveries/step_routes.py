"""Deciding on a delivery over HTTP: confirm, agree, give up, take back, deliver a dry run."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from services.indicator_api.deliveries import for_real, service, steps, withdrawal_steps
from services.indicator_api.deliveries.schemas import DeliveryRead, ForReal, ReasonWrite
from services.indicator_api.deliveries.spool import forget
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import WriteSession

router = feature_router("Lieferungen")
Sender = Annotated[Principal, Requires("deliveries:create")]


@router.post("/deliveries/{delivery_id}/confirm", status_code=202)
async def confirm_delivery(
    delivery_id: UUID,
    wanted: ReasonWrite,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Take a delivery in spite of its warnings, with the reason (`If-Match`)."""
    await steps.confirm(
        session, request.app.state.jobs, principal, delivery_id, request, wanted.reason
    )
    return await _read(session, principal, delivery_id, response)


@router.post("/deliveries/{delivery_id}/approve", status_code=202)
async def approve_delivery(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Agree, as a second person, that a delivery is taken (`If-Match`)."""
    await steps.approve(session, request.app.state.jobs, principal, delivery_id, request)
    return await _read(session, principal, delivery_id, response)


@router.post("/deliveries/{delivery_id}/discard")
async def discard_delivery(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Give a delivery up that waits for a decision (`If-Match`)."""
    await steps.discard(session, request.app.state.jobs, principal, delivery_id, request)
    return await _read(session, principal, delivery_id, response)


@router.post("/deliveries/{delivery_id}/withdraw", status_code=202)
async def withdraw_delivery(
    delivery_id: UUID,
    wanted: ReasonWrite,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Take an accepted delivery back as a whole; the earlier state returns (`If-Match`).

    Where the dataset wants a second person for deliveries, one has to agree first.
    """
    await withdrawal_steps.withdraw(
        session, request.app.state.jobs, principal, delivery_id, request, wanted.reason
    )
    return await _read(session, principal, delivery_id, response)


@router.post("/deliveries/{delivery_id}/approve-withdrawal", status_code=202)
async def approve_withdrawal(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Agree, as a second person, that a delivery is taken back (`If-Match`)."""
    await withdrawal_steps.approve_withdrawal(
        session, request.app.state.jobs, principal, delivery_id, request
    )
    return await _read(session, principal, delivery_id, response)


@router.post("/deliveries/{delivery_id}/keep")
async def keep_delivery(
    delivery_id: UUID,
    request: Request,
    response: Response,
    principal: Sender,
    session: WriteSession,
) -> DeliveryRead:
    """Leave a delivery as it is whose withdrawal waits for a second person (`If-Match`)."""
    await withdrawal_steps.keep(session, principal, delivery_id, request)
    return await _read(session, principal, delivery_id, response)


@router.post("/deliveries/{delivery_id}/deliver", status_code=202, response_model=DeliveryRead)
async def deliver_dry_run(
    delivery_id: UUID,
    request: Request,
    principal: Sender,
    database: DatabaseDependency,
    key: IdempotencyKey,
    wanted: ForReal | None = None,
) -> Response:
    """Deliver the file of a checked dry run, without sending it again (`If-Match`).

    A new delivery comes of it, with the dry run's options and mapping; it is checked again, for
    the dataset may have changed since. `Location` leads to it.
    """
    objects = request.app.state.objects
    new = new_id()
    path = f"deliveries/{new}"
    is_new = False

    async def act() -> Outcome:
        nonlocal is_new
        delivery = await for_real.deliver_dry_run(
            session,
            request.app.state.jobs,
            objects,
            principal,
            request,
            dry_run_id=delivery_id,
            delivery_id=new,
            object_path=path,
            wanted=wanted or ForReal(),
        )
        is_new = True
        return Outcome(202, delivery.model_dump(mode="json"), {"Location": f"/v1/deliveries/{new}"})

    try:
        async with database.write_session(principal) as session:
            asked = await fingerprint_of_body(request)
            return await once(session, "indicator", principal, key, asked, act)
    finally:
        if not is_new:
            await forget(objects, path)


async def _read(
    session: WriteSession, principal: Principal, delivery_id: UUID, response: Response
) -> DeliveryRead:
    document, version = await service.read_delivery(session, principal, delivery_id)
    response.headers["ETag"] = etag_of(version)
    response.headers["Location"] = f"/v1/deliveries/{delivery_id}"
    return document
