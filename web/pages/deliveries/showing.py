"""One delivery at one of its steps: what the page and its exchanged part are made of."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.responses import Response

from web.clients.delivery_types import Delivery
from web.clients.indicator_types import Dataset
from web.pages.deliveries.findings import FindingKind, by_gravity, read_kinds
from web.pages.deliveries.sending import LIST_PATH, STYLES
from web.pages.deliveries.upload import too_large
from web.pages.deliveries.wizard import PATHS, StepName, step_of, steps_of
from web.pages.deliveries.words import (
    RUNNING,
    STATES,
    announcement_of,
    file_facts,
    finding_total,
    option_facts,
    progress_text,
    title_of,
    understood_facts,
)
from web.panels import Panel, panel
from web.replies import render
from web.visit import Visit
from web.waiting import watch

_SHORTEST_REASON = 10
TOO_SHORT = f"Schreiben Sie einen Satz, mindestens {_SHORTEST_REASON} Zeichen."


def path_of(delivery: Delivery) -> str:
    """The address of a delivery."""
    return f"{LIST_PATH}/{delivery.id}"


def is_reason(text: str) -> bool:
    """Whether a reason is long enough for the service to take it."""
    return len(text) >= _SHORTEST_REASON


async def show(
    visit: Visit,
    delivery: Delivery,
    step: StepName | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page of a delivery at a step, by default at the one it has come to.

    `entered` keeps what was typed into a form that could not be taken.
    """
    is_running = delivery.state in RUNNING
    shown = step_of(delivery) if step is None or is_running else step
    path = path_of(delivery)
    own_path = path if step is None else f"{path}/{PATHS[step]}"
    waiting = watch(visit, own_path, delivery.state, is_running=is_running)
    kinds: Panel[tuple[FindingKind, ...]] = Panel(())
    if shown == "befunde" and not is_running:
        kinds = await panel(read_kinds(visit.indicator, delivery), "Die Befunde")
    context: dict[str, Any] = {
        "title": title_of(delivery),
        "crumbs": [("Lieferungen", LIST_PATH)],
        "delivery": delivery,
        "path": path,
        "own_path": own_path,
        "shown": shown,
        "steps": steps_of(delivery, shown, path),
        "dataset": await _dataset(visit, delivery),
        "state": STATES[delivery.state],
        "may": set(delivery.actions),
        "gravities": by_gravity(kinds.value or ()),
        "kinds_failure": kinds.failure,
        "understood_facts": understood_facts(delivery),
        "option_facts": option_facts(delivery),
        "finding_total": finding_total(delivery),
        "file_facts": file_facts(delivery),
        "progress_text": progress_text(delivery),
        "idempotency_key": str(uuid4()),
        "largest_file": visit.services.settings.max_body_bytes,
        "too_large": too_large(visit.services.settings.max_body_bytes),
        "waiting": waiting,
        "announcement": announcement_of(delivery) if waiting.is_news else "",
        "refresh": waiting.next_look,
        "errors": dict(errors or {}),
        "entered": dict(entered or {}),
        "has_error": bool(errors),
        "page_styles": STYLES,
        "page_scripts": ["js/delivery-form.js"],
    }
    return render(
        visit,
        "pages/deliveries/one.html",
        context,
        partial=None if errors else "pages/deliveries/outcome.html",
        status=status,
    )


async def _dataset(visit: Visit, delivery: Delivery) -> Dataset | None:
    """The dataset with its marks; the page stands without it."""
    return (await panel(visit.indicator.dataset(delivery.dataset.code), "Der Datenbestand")).value
