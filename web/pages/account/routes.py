"""One's own account: who am I, where am I logged in, which place, which password."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public, SignedIn, form_of
from web.clients.base import ServiceProblem
from web.errors import PageNotFound
from web.forms import field_text, form_errors
from web.panels import panel
from web.redirects import safe_path
from web.replies import choose_theme, redirect, render
from web.rights import right_label
from web.visit import Visit

router = APIRouter()

_PASSWORD_FIELDS = ("current_password", "new_password", "repeated_password")


@router.get("/konto")
async def show_account(visit: Annotated[Visit, SignedIn()]) -> Response:
    """Who one is, what one may do, and one's sessions."""
    return await _account_page(visit, errors={}, status=200)


@router.post("/konto/ort")
async def switch_place(visit: Annotated[Visit, SignedIn()]) -> Response:
    """Work for another of one's organisations."""
    wanted = field_text(await form_of(visit), "organisation_id")
    assert visit.account is not None  # noqa: S101 - SignedIn
    names = {place["id"]: place["name"] for place in visit.account.places}
    if wanted not in names:
        raise PageNotFound("An diesem Ort hat Ihr Konto keine Rolle.")
    await visit.consultation.switch_place(wanted)
    return redirect(visit, "/", notice=f"Sie arbeiten jetzt für: {names[wanted]}.")


@router.post("/konto/passwort")
async def change_password(visit: Annotated[Visit, SignedIn()]) -> Response:
    """Set a new password; all other sessions end."""
    form = await form_of(visit)
    current, new, repeated = (field_text(form, name, strips=False) for name in _PASSWORD_FIELDS)
    errors = _password_faults(current, new, repeated)
    if not errors:
        try:
            await visit.consultation.change_password(current, new)
        except ServiceProblem as problem:
            errors = form_errors(problem, _PASSWORD_FIELDS)
    if errors:
        return await _account_page(visit, errors, 422)
    notice = "Ihr Passwort ist geändert. Andere Anmeldungen mit diesem Konto sind beendet."
    return redirect(visit, "/konto", notice=notice)


@router.post("/konto/sitzungen/{session_id}/beenden")
async def end_session(visit: Annotated[Visit, SignedIn()], session_id: str) -> Response:
    """End one of one's other sessions."""
    await visit.consultation.end_session(session_id)
    return redirect(visit, "/konto", notice="Die Sitzung ist beendet.")


@router.get("/darstellung")
async def show_display(visit: Annotated[Visit, Public()], weiter: str = "/") -> Response:
    """Light, dark, or as the system says."""
    context = {
        "title": "Darstellung",
        "chosen": visit.theme or "system",
        "weiter": safe_path(weiter),
    }
    return render(visit, "pages/account/display.html", context)


@router.post("/darstellung")
async def set_display(visit: Annotated[Visit, Public()]) -> Response:
    """Remember the choice in a cookie."""
    form = await form_of(visit)
    notice = "Die Darstellung ist gespeichert."
    response = redirect(visit, safe_path(field_text(form, "weiter")), notice=notice)
    choose_theme(visit, response, field_text(form, "theme"))
    return response


async def _account_page(visit: Visit, errors: dict[str, str], status: int) -> Response:
    assert visit.account is not None  # noqa: S101 - SignedIn
    sessions = await panel(visit.consultation.sessions(), "Ihre Sitzungen")
    context = {
        "title": "Mein Konto",
        "sessions": sessions,
        "rights": [(right_label(right), right) for right in sorted(visit.account.rights)],
        "errors": errors,
        "has_error": bool(errors),
    }
    return render(visit, "pages/account/page.html", context, status=status)


def _password_faults(current: str, new: str, repeated: str) -> dict[str, str]:
    checks = (
        ("current_password", not current, "Geben Sie Ihr jetziges Passwort ein."),
        ("new_password", not new, "Geben Sie das neue Passwort ein."),
        ("repeated_password", new != repeated, "Die Wiederholung ist anders als das Passwort."),
    )
    return {field: message for field, is_wrong, message in checks if is_wrong}
