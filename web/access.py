"""Who may open a page. Every route declares one of `Public`, `HandedOn`, `SignedIn`, `Requires`.

    async def show(visit: Annotated[Visit, Requires("deliveries:read")]) -> Response: ...

The guard also refuses every unsafe request that does not come from our own form.
"""

from typing import Any, cast

from fastapi import Depends, Request
from starlette.datastructures import FormData

from web.clients.base import Access, Document
from web.clients.consultation import ConsultationClient
from web.csrf import refuse_forgery
from web.errors import RightMissing, SignInRequired
from web.services import Services
from web.visit import Account, Visit


class Guard:
    """Opens the visit and refuses those who may not enter."""

    def __init__(
        self, *, needs_account: bool, rights: tuple[str, ...], reads_account: bool = True
    ) -> None:
        self.needs_account = needs_account
        self.rights = rights
        self.right = "|".join(rights) or None
        self.reads_account = reads_account

    async def __call__(self, request: Request) -> Visit:
        """The visit. Raises `SignInRequired`, `RightMissing` or `ForgeryRefused`."""
        visit = await open_visit(request, reads_account=self.reads_account)
        request.state.visit = visit
        await refuse_forgery(visit)
        if visit.account is None and (self.needs_account or self._exceeds(visit)):
            raise SignInRequired
        if self._exceeds(visit):
            raise RightMissing(self.rights[-1])
        return visit

    def _exceeds(self, visit: Visit) -> bool:
        return bool(self.rights) and not any(visit.may(right) for right in self.rights)


def Public() -> Any:  # noqa: N802 - reads as a declaration
    """Open to everybody, logged in or not."""
    return Depends(Guard(needs_account=False, rights=()))


def HandedOn() -> Any:  # noqa: N802 - reads as a declaration
    """Open to everybody, for what a page loads and is only handed on (tiles, images).

    The service is asked in the visitor's name and decides; the account itself is not looked up.
    """
    return Depends(Guard(needs_account=False, rights=(), reads_account=False))


def SignedIn() -> Any:  # noqa: N802 - reads as a declaration
    """Open to every account."""
    return Depends(Guard(needs_account=True, rights=()))


def Requires(*rights: str) -> Any:  # noqa: N802 - reads as a declaration
    """Open to those who hold one of `rights`; others are sent to the login or told which it is."""
    return Depends(Guard(needs_account=False, rights=rights))


async def open_visit(request: Request, *, reads_account: bool = True) -> Visit:
    """The visit behind a request, with the account where the session holds and it is needed."""
    services: Services = request.app.state.services
    session_token = request.cookies.get(services.cookies.session) or None
    access = Access(request_id=request.state.request_id)
    visit = Visit(request, services, session_token, access)
    if session_token is None:
        return visit

    async def renew() -> str | None:
        services.tokens.forget(session_token)
        return await access_token(visit)

    access.token = await access_token(visit)
    access.renew = renew
    if reads_account:
        visit.account = Account.from_document(await visit.consultation.me())
    return visit


async def access_token(visit: Visit) -> str | None:
    """A token that holds for this session, exchanged at consultation_api when needed."""
    if visit.session_token is None:
        return None
    tokens = visit.services.tokens
    known = tokens.get(visit.session_token)
    if known:
        return known
    # Asked without the old token, which may be what has run out.
    asking = ConsultationClient(visit.services.consultation, Access(visit.request_id))
    granted: Document = await asking.exchange(visit.session_token)
    tokens.put(visit.session_token, granted["access_token"], float(granted["expires_in"]))
    return cast(str, granted["access_token"])


async def form_of(visit: Visit) -> FormData:
    """The submitted form (read once, by the guard)."""
    return await visit.request.form()
