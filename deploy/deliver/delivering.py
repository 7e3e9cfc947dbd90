"""Delivering one file: hand it in once, follow it to its end, bring home what is asked for."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.deliver.display import Display
from deploy.deliver.endings import DeliverError, ExitCode, exit_code_of
from deploy.deliver.order import Order, SourceFile, content_type_of, derived_key
from deploy.deliver.saving import save
from deploy.deliver.service import Service

RUNNING = ("received", "checking", "loading", "withdrawing")
# A delivery in one of these states left nothing behind: the same file may be meant anew.
_WITHOUT_EFFECT = ("failed", "discarded", "expired", "withdrawn")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_ROWS_SHOWN = 5
_LATEST = 50
_STEPS = {
    "received": "Wartet auf die Prüfung",
    "checking": "Geprüft",
    "loading": "Übernommen",
    "withdrawing": "Wird zurückgenommen",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to deliver, beside what is delivered.

    `key`: an own Idempotency-Key; `again`: deliver though the same was delivered before;
    `longest_wait`: seconds to follow the delivery, None not at all.
    """

    key: str | None = None
    again: bool = False
    longest_wait: float | None = 3600.0
    receipt: Path | None = None
    annotated: Path | None = None


@dataclass(slots=True)
class Result:
    """What became of it: the delivery's document, first findings, files saved.

    `not_offered`: what was asked for, but does not exist (a file annotated without a finding, a
    receipt before the end).
    """

    code: ExitCode
    delivery: Mapping[str, Any]
    key: str
    is_known: bool
    findings: list[Mapping[str, Any]] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    not_saved: list[str] = field(default_factory=list)
    not_offered: list[str] = field(default_factory=list)


def deliver(
    service: Service, source: SourceFile, order: Order, wishes: Wishes, display: Display
) -> Result:
    """Deliver a file and follow it as `wishes` says; raises DeliverError."""
    if wishes.longest_wait is not None:
        # a wrong key is told before a gigabyte was sent
        service.get("/v1/deliveries", dataset=order.dataset, limit="1")
    handed_in = _hand_in(service, source, order, wishes, display)
    if wishes.longest_wait is None:
        return Result(ExitCode.STANDS, handed_in.delivery, handed_in.key, handed_in.is_known)
    delivery = _follow(service, handed_in.delivery, wishes.longest_wait, display)
    result = Result(exit_code_of(delivery), delivery, handed_in.key, handed_in.is_known)
    result.findings = _first_findings(service, delivery)
    _bring_home(service, wishes, result)
    return result


@dataclass(frozen=True, slots=True)
class _HandedIn:
    delivery: Mapping[str, Any]
    key: str
    is_known: bool


def _hand_in(
    service: Service, source: SourceFile, order: Order, wishes: Wishes, display: Display
) -> _HandedIn:
    """The delivery of this file: a new one, or the one that stands from an earlier call.

    An earlier one that has no effect (any more) does not count: the next key follows from it,
    so that this repetition, too, is handed in once.
    """
    key = wishes.key or derived_key(order, source.sha256)
    passed_over: list[str] = []
    while True:
        handed_in = _post(service, source, order, key, display)
        if wishes.key is not None or not handed_in.is_known:
            return handed_in
        outdated_by = _outdated_by(service, handed_in.delivery, is_enough=wishes.again)
        if outdated_by is None or outdated_by in passed_over:
            return handed_in
        passed_over.append(outdated_by)
        key = derived_key(order, source.sha256, *passed_over)


def _post(
    service: Service, source: SourceFile, order: Order, key: str, display: Display
) -> _HandedIn:
    size = source.size

    def told(sent: int) -> None:
        display.step("Gesendet", sent // 1024, max(size // 1024, 1), "KB")

    attempts = 0

    def body() -> Any:
        nonlocal attempts
        attempts += 1
        told(0)
        return source.chunks(told)

    answer = service.post(
        "/v1/deliveries",
        order.query(),
        body,
        content_type=content_type_of(source.path),
        content_length=str(size),
        idempotency_key=key,
    )
    # an answer that was lost on the way is repeated to the second attempt: that is no earlier call
    is_repeated = answer.headers.get("idempotency-replayed") == "true"
    return _HandedIn(answer.json(), key, is_repeated and attempts == 1)


def _outdated_by(service: Service, delivery: Mapping[str, Any], *, is_enough: bool) -> str | None:
    """The id of the delivery after which the same file is to be delivered again, None if none.

    It is the earlier delivery itself where that has no effect, or a later one that put other
    values in the place of its own. With `is_enough`, that it has ended is enough.
    """
    identifier: str = delivery["id"]
    now = service.get(f"/v1/deliveries/{identifier}").json()
    if now["state"] in _WITHOUT_EFFECT or (is_enough and now["state"] not in RUNNING):
        return identifier
    if now["state"] not in ("accepted", "withdrawal_approving"):
        return None
    later = service.get(
        "/v1/deliveries",
        dataset=now["dataset"]["code"],
        state="accepted",
        limit=str(_LATEST),
    ).json()["items"]
    for other in later:
        if any(replaced["id"] == identifier for replaced in other["replaced"]):
            return str(other["id"])
    return None


def _follow(
    service: Service, delivery: Mapping[str, Any], longest: float, display: Display
) -> Mapping[str, Any]:
    """Wait for the delivery's end or for a state in which it waits for a person."""
    path = f"/v1/deliveries/{delivery['id']}"
    until = time.monotonic() + longest
    pause = _FIRST_PAUSE
    while True:
        now: Mapping[str, Any] = service.get(path).json()
        if now["state"] not in RUNNING:
            return now
        progress = now["progress"]
        display.step(_STEPS[now["state"]], progress["done"], progress["total"], "Zeilen")
        if time.monotonic() > until:
            raise DeliverError(
                ExitCode.UNREACHABLE,
                f"Die Lieferung {now['number']} ist angekommen, nach {longest:.0f} s aber noch "
                "nicht fertig. Derselbe Aufruf sieht wieder nach ihr; geliefert wird nur einmal.",
            )
        time.sleep(pause)
        pause = min(pause * 1.4, _LONGEST_PAUSE)


def _first_findings(service: Service, delivery: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The first rows of each kind of finding."""
    path = f"/v1/deliveries/{delivery['id']}/findings"
    found: list[Mapping[str, Any]] = []
    for kind in delivery["finding_counts"]:
        page = service.get(path, code=kind["code"], limit=str(_ROWS_SHOWN)).json()
        found.extend(page["items"])
    return found


def _bring_home(service: Service, wishes: Wishes, result: Result) -> None:
    """Save the receipt and the annotated file; what fails is noted, the delivery stands."""
    path = f"/v1/deliveries/{result.delivery['id']}"
    wanted: list[tuple[str, Path | None, Callable[[Path], dict[str, str]]]] = [
        ("receipt", wishes.receipt, _receipt_format),
        ("annotated", wishes.annotated, lambda target: {}),
    ]
    for name, target, parameters in wanted:
        if target is None:
            continue
        if not result.delivery["links"].get(name):
            result.not_offered.append(name)
            continue
        try:
            saved = save(service, f"{path}/{name}", target, **parameters(target))
        except DeliverError as error:
            result.not_saved.append(str(error))
            if result.code == ExitCode.STANDS:
                result.code = ExitCode.NOT_SAVED
        else:
            result.saved[name] = str(saved)


def _receipt_format(target: Path) -> dict[str, str]:
    return {"f": "json" if target.suffix.lower() == ".json" else "pdf"}
