"""Publishing and withdrawing: a page that says what will happen, then the deed.

Both carry the ETag of what was looked at, so that nobody publishes what they have not seen.
"""

from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.delivery_types import Release
from web.clients.indicator_types import Dataset
from web.forms import field_text
from web.pages.releases.preparing import LIST_PATH
from web.pages.releases.words import AUDIENCES, REASON_LABELS, REASONS, name_of
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

_OVERTAKEN = frozenset({409, 412})
_NOT_THIS_PERSON = 403
_CHANGED_MEANWHILE = (
    "Inzwischen hat sich an dieser Freigabe etwas geändert, deshalb ist nichts geschehen. Unten "
    "steht der jetzige Stand: Prüfen Sie ihn und entscheiden Sie neu."
)


async def confirm_publishing(visit: Visit, release: Release, problem: str = "") -> Response:
    """What publishing will do; a release that is no draft leads back to its page."""
    path = f"{LIST_PATH}/{release.id}"
    if not {"confirm", "publish"} & set(release.actions) or release.check is None:
        return _back(visit, path, problem or "Diese Freigabe lässt sich so nicht freigeben.")
    context = {
        "title": f"{AUDIENCES[release.audience].deed}?",
        "dataset": await dataset_of(visit, release),
        "crumbs": [("Freigaben", LIST_PATH), (release.dataset.title, path)],
        "release": release,
        "audience": AUDIENCES[release.audience],
        "path": path,
        "errors": {"": problem} if problem else {},
        "has_error": bool(problem),
        "page_styles": ["css/deliveries.css"],
    }
    return render(visit, "pages/releases/publish.html", context, status=412 if problem else 200)


async def publish(visit: Visit, release_id: str) -> Response:
    """Let the draft out as it was looked at."""
    form = await form_of(visit)
    draft = await visit.indicator.release(release_id)
    try:
        await visit.indicator.publish_release(
            release_id,
            etag=field_text(form, "etag"),
            is_second_person=draft.needs_second_person,
        )
    except ServiceProblem as problem:
        if problem.status not in (*_OVERTAKEN, _NOT_THIS_PERSON):
            raise
        release = await visit.indicator.release(release_id)
        message = _CHANGED_MEANWHILE if problem.status == 412 else problem.detail
        return await confirm_publishing(visit, release, message)
    return redirect(visit, f"{LIST_PATH}/{release_id}")


async def confirm_withdrawal(
    visit: Visit,
    release: Release,
    *,
    reason: str = "",
    note: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """What withdrawing will do; what is not released leads back to its page."""
    path = f"{LIST_PATH}/{release.id}"
    if release.state not in {"released", "superseded"}:
        message = (errors or {}).get("", "Zurückziehen lässt sich nur, was freigegeben ist.")
        return _back(visit, path, message)
    context = {
        "title": f"{name_of(release)} zurückziehen?",
        "crumbs": [("Freigaben", LIST_PATH), (release.dataset.title, path)],
        "release": release,
        "audience": AUDIENCES[release.audience],
        "path": path,
        "dataset": await dataset_of(visit, release),
        "reasons": REASONS,
        "reason": reason,
        "note": note,
        "errors": errors or {},
        "has_error": bool(errors),
        "page_styles": ["css/deliveries.css"],
    }
    return render(visit, "pages/releases/withdraw.html", context, status=status)


async def withdraw(visit: Visit, release_id: str) -> Response:
    """Withdraw the release as it was confirmed."""
    form = await form_of(visit)
    reason, note = field_text(form, "grund"), field_text(form, "notiz")
    if reason not in REASON_LABELS:
        return await confirm_withdrawal(
            visit,
            await visit.indicator.release(release_id),
            note=note,
            errors={"grund": "Wählen Sie, warum die Freigabe zurückgezogen wird."},
            status=422,
        )
    try:
        release = await visit.indicator.withdraw_release(
            release_id, reason=reason, note=note, etag=field_text(form, "etag")
        )
    except ServiceProblem as problem:
        if problem.status not in _OVERTAKEN:
            raise
        message = _CHANGED_MEANWHILE if problem.status == 412 else problem.detail
        return await confirm_withdrawal(
            visit,
            await visit.indicator.release(release_id),
            reason=reason,
            note=note,
            errors={"": message},
            status=412,
        )
    return redirect(
        visit, f"{LIST_PATH}/{release_id}", notice=f"{name_of(release)} ist zurückgezogen."
    )


async def dataset_of(visit: Visit, release: Release) -> Dataset | None:
    """The release's dataset with its marks; None where it cannot be read."""
    return (await panel(visit.indicator.dataset(release.dataset.code), "Der Datenbestand")).value


def _back(visit: Visit, path: str, message: str) -> Response:
    return redirect(visit, path, notice=message, kind="warning")
