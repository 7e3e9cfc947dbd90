"""Deciding on a delivery: confirm, agree, give up, take back, deliver a dry run, or send a mended
file instead."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import ServiceProblem
from web.clients.delivery_types import Delivery
from web.clients.delivery_wish import DeliveryWish
from web.forms import field_text
from web.pages.deliveries import sending
from web.pages.deliveries import upload as uploads
from web.pages.deliveries.reading import checked_id, read_delivery
from web.pages.deliveries.showing import TOO_SHORT, is_reason, path_of, show
from web.pages.deliveries.words import WAITING, title_of
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()
Sender = Annotated[Visit, Requires("deliveries:create")]

_ONE = sending.LIST_PATH + "/{delivery_id}"
_REFUSED = frozenset({403, 404, 409, 410, 412, 422})
_CHANGED = "Die Lieferung hat sich inzwischen geändert. So steht sie jetzt; bitte sehen Sie nach."


@router.post(f"{_ONE}/bestaetigen")
async def confirm(visit: Sender, delivery_id: str) -> Response:
    """Take the delivery in spite of its warnings, with a reason."""
    form = await form_of(visit)
    reason = field_text(form, "grund")
    if not is_reason(reason):
        delivery = await read_delivery(visit, delivery_id)
        errors = {"grund": f"Warum stimmen die Zahlen trotzdem? {TOO_SHORT}"}
        return await show(
            visit, delivery, "befunde", errors=errors, entered={"grund": reason}, status=422
        )
    return await _decide(
        visit,
        delivery_id,
        lambda id_: visit.indicator.confirm_delivery(id_, reason, etag=field_text(form, "etag")),
        entered={"grund": reason},
    )


@router.post(f"{_ONE}/zustimmen")
async def approve(visit: Sender, delivery_id: str) -> Response:
    """Agree as the second person."""
    etag = field_text(await form_of(visit), "etag")
    return await _decide(
        visit, delivery_id, lambda id_: visit.indicator.approve_delivery(id_, etag=etag)
    )


@router.post(f"{_ONE}/verwerfen")
async def discard(visit: Sender, delivery_id: str) -> Response:
    """Give the delivery up."""
    etag = field_text(await form_of(visit), "etag")
    return await _decide(
        visit,
        delivery_id,
        lambda id_: visit.indicator.discard_delivery(id_, etag=etag),
        notice="Die Lieferung ist verworfen. Am Bestand hat sich nichts geändert.",
    )


@router.post(f"{_ONE}/liefern")
async def deliver(visit: Sender, delivery_id: str) -> Response:
    """Deliver the file of a dry run; the page of the new delivery follows."""
    form = await form_of(visit)
    key = field_text(form, "idempotency_key") or str(uuid4())
    return await _decide(
        visit,
        delivery_id,
        lambda id_: visit.indicator.deliver_dry_run(
            id_, etag=field_text(form, "etag"), idempotency_key=key
        ),
    )


async def _decide(
    visit: Visit,
    delivery_id: str,
    act: Callable[[str], Awaitable[Delivery]],
    *,
    notice: str | None = None,
    entered: dict[str, str] | None = None,
) -> Response:
    """Act, and lead to the delivery; refused: the delivery as it is now, with the reason why."""
    checked = checked_id(delivery_id)
    try:
        delivery = await act(checked)
    except ServiceProblem as problem:
        if problem.status not in _REFUSED:
            raise
        now = await read_delivery(visit, checked)
        message = _CHANGED if problem.status == 412 else problem.detail or problem.title
        return await show(visit, now, errors={"": message}, entered=entered, status=problem.status)
    return redirect(visit, path_of(delivery), notice=notice)


@router.get(f"{_ONE}/zuruecknehmen")
async def show_withdrawal(visit: Sender, delivery_id: str) -> Response:
    """What will happen when the delivery is taken back, and the field for the reason."""
    return await _withdrawal(visit, await read_delivery(visit, delivery_id), "", {})


async def _withdrawal(
    visit: Visit, delivery: Delivery, reason: str, errors: dict[str, str]
) -> Response:
    if "withdraw" not in delivery.actions:
        return redirect(visit, path_of(delivery))
    context = {
        "title": "Lieferung zurücknehmen",
        "crumbs": [("Lieferungen", sending.LIST_PATH), (title_of(delivery), path_of(delivery))],
        "delivery": delivery,
        "file_title": title_of(delivery),
        "path": path_of(delivery),
        "reason": reason,
        "errors": errors,
        "has_error": bool(errors),
        "page_styles": sending.STYLES,
    }
    status = 422 if errors else 200
    return render(visit, "pages/deliveries/withdraw.html", context, status=status)


@router.post(f"{_ONE}/zuruecknehmen")
async def withdraw(visit: Sender, delivery_id: str) -> Response:
    """Take the delivery back as a whole."""
    form = await form_of(visit)
    reason = field_text(form, "grund")
    if not is_reason(reason):
        delivery = await read_delivery(visit, delivery_id)
        errors = {"grund": f"Warum wird die Lieferung zurückgenommen? {TOO_SHORT}"}
        return await _withdrawal(visit, delivery, reason, errors)
    return await _decide(
        visit,
        delivery_id,
        lambda id_: visit.indicator.withdraw_delivery(id_, reason, etag=field_text(form, "etag")),
    )


@router.post(f"{_ONE}/zuruecknehmen/zustimmen")
async def approve_withdrawal(visit: Sender, delivery_id: str) -> Response:
    """Agree, as the second person, that the delivery is taken back."""
    etag = field_text(await form_of(visit), "etag")
    return await _decide(
        visit, delivery_id, lambda id_: visit.indicator.approve_withdrawal(id_, etag=etag)
    )


@router.post(f"{_ONE}/zuruecknehmen/nicht")
async def keep(visit: Sender, delivery_id: str) -> Response:
    """Leave the delivery as it is; nobody takes it back."""
    etag = field_text(await form_of(visit), "etag")
    return await _decide(
        visit,
        delivery_id,
        lambda id_: visit.indicator.keep_delivery(id_, etag=etag),
        notice="Die Lieferung bleibt im Bestand, wie sie ist.",
    )


@router.post(f"{_ONE}/berichtigt")
async def send_mended(visit: Sender, delivery_id: str) -> Response:
    """Take a mended file in place of this one, with the same wishes; this one is given up."""
    delivery = await read_delivery(visit, delivery_id)
    form = await form_of(visit)
    try:
        return await _send_mended(visit, delivery, form)
    finally:
        await form.close()


async def _send_mended(visit: Visit, delivery: Delivery, form: FormData) -> Response:
    upload = uploads.uploaded_file(form, "datei")
    fault = sending.fault_of(upload)
    if upload is None or fault:
        return await show(visit, delivery, "befunde", errors={"datei": fault or ""}, status=422)
    key = field_text(form, "idempotency_key") or str(uuid4())
    try:
        mended = await sending.send(visit, DeliveryWish.of(delivery), upload, key)
    except ServiceProblem as problem:
        errors = {"datei": sending.message_of(problem)}
        return await show(visit, delivery, "befunde", errors=errors, status=422)
    if delivery.state in WAITING and "discard" in delivery.actions:
        await _give_up(visit, delivery)
    return redirect(visit, path_of(mended))


async def _give_up(visit: Visit, delivery: Delivery) -> None:
    """Discard what a mended file takes the place of; decided meanwhile, it stays as it is."""
    try:
        await visit.indicator.discard_delivery(delivery.id, etag=delivery.etag or "")
    except ServiceProblem as problem:
        if problem.status not in _REFUSED:
            raise
