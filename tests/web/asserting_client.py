"""A browser for tests that fails on every page that breaks a rule of ours."""

from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import httpx

from tests.web.page_rules import problems_of_fragment, problems_of_page, text_of

BASE_URL = "http://web.test"


class Page:
    """An answer that kept the rules."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.text
        self.root: Element = html5lib.parse(response.text, namespaceHTMLElements=False)

    @property
    def heading(self) -> str:
        """The words of the h1."""
        found = self.root.find(".//h1")
        return text_of(found) if found is not None else ""

    @property
    def text(self) -> str:
        """All words of the main part (or of the whole fragment), no-break spaces as spaces."""
        main = self.root.find(".//main")
        return text_of(self.root if main is None else main).replace("\u00a0", " ")

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return str(self.response.headers.get("location", ""))

    def find(self, path: str) -> Element:
        """The first element for an ElementTree path such as `.//table[@id='karte']`."""
        found = self.root.find(path)
        assert found is not None, f"no {path} in {self.html}"
        return found

    def all(self, path: str) -> list[Element]:
        """All elements for an ElementTree path."""
        return self.root.findall(path)

    def links(self) -> dict[str, str]:
        """Address by the words of each link in the page."""
        return {text_of(link): link.get("href") or "" for link in self.root.iter("a")}

    def field(self, name: str) -> str:
        """The value of the first input with this name."""
        return self.find(f".//input[@name='{name}']").get("value") or ""


class AssertingClient:
    """Asks the web layer as a browser does: keeps cookies, sends Origin and the CSRF token.

    Every HTML answer is checked against `tests.web.page_rules`, and its security headers.
    """

    def __init__(self, app: Any) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        self.token = ""

    def before(self, app: Any) -> "AssertingClient":
        """The same visitor, with the same session, before another application."""
        other = AssertingClient(app)
        other.http.cookies = self.http.cookies
        other.token = self.token
        return other

    async def get(
        self, path: str, *, expect: int = 200, htmx: bool = False, headers: Any = None
    ) -> Page:
        """GET a page, or a part of it with `htmx=True`."""
        sent = {"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {}
        response = await self.http.get(path, headers={**sent, **(headers or {})})
        return self._checked(response, expect, is_part=htmx)

    async def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        expect: int = 303,
        htmx: bool = False,
        files: Any = None,
        headers: Any = None,
    ) -> Page:
        """POST a form with the CSRF token of the page seen last."""
        sent = {"Origin": BASE_URL, **({"HX-Request": "true"} if htmx else {})}
        response = await self.http.post(
            path,
            data={"csrf_token": self.token, **(data or {})},
            files=files,
            headers={**sent, **(headers or {})},
        )
        return self._checked(response, expect, is_part=htmx)

    async def follow(self, page: Page) -> Page:
        """Go where a redirect leads."""
        assert page.status == 303, page.status
        return await self.get(page.location)

    async def log_in(self, name: str, password: str) -> Page:
        """Log in by the form; returns the start page."""
        await self.get("/anmelden")
        done = await self.post("/anmelden", {"name": name, "password": password, "weiter": "/"})
        return await self.follow(done)

    async def aclose(self) -> None:
        """End the client."""
        await self.http.aclose()

    def _checked(self, response: httpx.Response, expect: int, *, is_part: bool) -> Page:
        url = f"{response.request.method} {response.request.url}"
        assert response.status_code == expect, (
            f"{url}: {response.status_code} instead of {expect}\n{response.text[:4000]}"
        )
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-request-id"]
        if response.headers.get("content-type", "").startswith("text/html") and response.text:
            assert "HX-Request" in response.headers["vary"]
            check = problems_of_fragment if is_part else problems_of_page
            problems = check(response.text)
            assert not problems, f"{url} breaks rules:\n" + "\n".join(problems)
            self.token = _csrf_token(response.text) or self.token
        return Page(response)


def _csrf_token(html: str) -> str | None:
    found: list[str] = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            named = dict(attrs)
            if tag == "input" and named.get("name") == "csrf_token":
                found.append(named.get("value") or "")

    Finder().feed(html)
    return found[0] if found else None
