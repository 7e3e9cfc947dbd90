"""One request of one visitor: who it is, what they may do, and the services in their name."""

from dataclasses import dataclass
from functools import cached_property
from secrets import token_urlsafe

from fastapi import Request
from markupsafe import Markup

from web.clients.advice import AdviceClient
from web.clients.base import Access, Document
from web.clients.consultation import ConsultationClient
from web.clients.indicator import IndicatorClient
from web.clients.reports import ReportClient
from web.services import Services
from web.signing import make_csrf_token, unsign

PUBLIC_RIGHTS = frozenset({"areas:read", "indicators:read", "observations:read"})

NOTICE_PURPOSE = "notice"


@dataclass(frozen=True, slots=True)
class Account:
    """Who is logged in and the place they work for now."""

    id: str
    name: str
    display_name: str
    place: Document
    places: tuple[Document, ...]
    roles: tuple[Document, ...]
    rights: frozenset[str]
    area_codes: tuple[str, ...]

    @classmethod
    def from_document(cls, me: Document) -> "Account":
        """Read `GET /v1/accounts/me`."""
        place: Document = me["organisation"]
        places = {place["id"]: place}
        for membership in me.get("memberships") or []:
            places.setdefault(membership["organisation"]["id"], membership["organisation"])
        return cls(
            id=me["id"],
            name=me["name"],
            display_name=me.get("display_name") or me["name"],
            place=place,
            places=tuple(places.values()),
            roles=tuple(me.get("roles") or ()),
            rights=frozenset(me.get("rights") or ()),
            area_codes=tuple(me.get("area_codes") or ()),
        )


class Visit:
    """What every page works with. `account` is None for the public."""

    def __init__(
        self, request: Request, services: Services, session_token: str | None, access: Access
    ) -> None:
        self.request = request
        self.services = services
        self.session_token = session_token
        self.access = access
        self.request_id = access.request_id
        self.account: Account | None = None
        self.new_nonce: str | None = None

    @cached_property
    def consultation(self) -> ConsultationClient:
        """consultation_api in the visitor's name."""
        return ConsultationClient(self.services.consultation, self.access)

    @cached_property
    def advice(self) -> AdviceClient:
        """Requests and cases of consultation_api in the visitor's name."""
        return AdviceClient(self.services.consultation, self.access)

    @cached_property
    def reports(self) -> ReportClient:
        """report_api in the visitor's name."""
        return ReportClient(self.services.report, self.access)

    @cached_property
    def indicator(self) -> IndicatorClient:
        """indicator_api in the visitor's name."""
        return IndicatorClient(self.services.indicator, self.access)

    @property
    def rights(self) -> frozenset[str]:
        """The rights the visitor holds at this moment."""
        return self.account.rights | PUBLIC_RIGHTS if self.account else PUBLIC_RIGHTS

    def may(self, right: str) -> bool:
        """Whether the visitor holds the right, to show or leave out what needs it."""
        return right in self.rights

    @property
    def is_htmx(self) -> bool:
        """Whether htmx asks, not the browser itself."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def wants_fragment(self) -> bool:
        """Whether a part of the page is enough.

        A restored history entry and a swap of the whole body need the document.
        """
        headers = self.request.headers
        return (
            self.is_htmx
            and headers.get("HX-History-Restore-Request") != "true"
            and headers.get("HX-Request-Type") != "full"
        )

    @property
    def path_and_query(self) -> str:
        """The address asked for, without the host."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def csrf_binding(self) -> str:
        """What CSRF tokens are bound to: the session, or a nonce in a cookie before login."""
        if self.session_token:
            return self.session_token
        known = self.request.cookies.get(self.services.cookies.nonce)
        if known:
            return known
        if self.new_nonce is None:
            self.new_nonce = token_urlsafe(24)
        return self.new_nonce

    def csrf_field(self) -> Markup:
        """The hidden field every form with method post carries."""
        token = make_csrf_token(self.services.secret, self.csrf_binding)
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)

    def notice(self) -> Document | None:
        """A message left by the request before this one: `kind` and `text`."""
        signed = self.request.cookies.get(self.services.cookies.notice)
        text = unsign(self.services.secret, NOTICE_PURPOSE, signed) if signed else None
        if not text:
            return None
        kind, _, message = text.partition("|")
        return {"kind": kind, "text": message}

    @property
    def theme(self) -> str | None:
        """`light` or `dark` where the visitor chose one, None to follow the system."""
        chosen = self.request.cookies.get(self.services.cookies.theme)
        return chosen if chosen in {"light", "dark"} else None
