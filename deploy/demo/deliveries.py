"""Deliveries of the Musterkreis in telling states: taken, confirmed, rejected, withdrawn, waiting.

Each is found again by its file's name, and brought on from wherever it stands.
"""

from collections.abc import Callable
from typing import Any

from deploy.demo.api import Api, DemoError, content_key
from deploy.demo.delivery_files import DeliveryPlan, plans
from deploy.demo.steps import act

RUNNING = ("received", "checking", "loading", "withdrawing")
SENDER = "datenlieferung"
_MOST_STEPS = 6
Say = Callable[[str], None]


def load_deliveries(api: Api, say: Say) -> None:
    """Bring every planned delivery into its state; `api` speaks as the sender.

    Raises DemoError for one that ends otherwise.
    """
    for plan in plans():
        say(plan.filename)
        _bring_on(api, plan)


def _bring_on(api: Api, plan: DeliveryPlan) -> None:
    delivery = _found(api, plan) or _sent(api, plan)
    path = f"/v1/deliveries/{delivery['id']}"
    for _ in range(_MOST_STEPS):
        delivery = api.wait(path, RUNNING)
        if delivery["state"] == plan.state:
            return
        step = _STEPS.get(delivery["state"])
        if step is None:
            break
        step(api, plan, path)
    raise DemoError(f"{plan.filename}: {delivery['state']} {delivery['finding_counts']}")


def _found(api: Api, plan: DeliveryPlan) -> dict[str, Any] | None:
    for delivery in api.items("/v1/deliveries", dataset=plan.dataset):
        if delivery["filename"] == plan.filename and delivery["state"] != "failed":
            return delivery
    return None


def _sent(api: Api, plan: DeliveryPlan) -> dict[str, Any]:
    body = plan.body()
    failed = api.items("/v1/deliveries", dataset=plan.dataset, state="failed")
    headers = {
        "content-type": plan.content_type,
        "idempotency-key": content_key("delivery", plan.dataset, body, str(len(list(failed)))),
    }
    parameters = {"dataset": plan.dataset, "filename": plan.filename}
    answer = api.send("POST", "/v1/deliveries", params=parameters, content=body, headers=headers)
    sent: dict[str, Any] = answer.json()
    return sent


def _map(api: Api, plan: DeliveryPlan, path: str) -> None:
    """Save the mapping under its name, and have the delivery read by it."""
    if plan.mapping is None:
        raise DemoError(f"{plan.filename} asks for a mapping")
    known = {item["name"] for item in api.items("/v1/delivery-mappings")}
    if plan.mapping.name not in known:
        body = {"name": plan.mapping.name, "document": plan.mapping.document}
        api.post("/v1/delivery-mappings", body)
    headers = {"if-match": api.send("GET", path).headers["etag"]}
    api.send("PUT", f"{path}/mapping", json={"name": plan.mapping.name}, headers=headers)


def _confirm(api: Api, plan: DeliveryPlan, path: str) -> None:
    act(api, path, "confirm", {"reason": plan.reason})


def _withdraw(api: Api, plan: DeliveryPlan, path: str) -> None:
    act(api, path, "withdraw", {"reason": plan.reason})


_STEPS: dict[str, Callable[[Api, DeliveryPlan, str], None]] = {
    "asking": _map,
    "confirming": _confirm,
    "accepted": _withdraw,
}
