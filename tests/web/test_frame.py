"""Frame of every page: without services, addresses, headers, static files."""

import pytest
from fastapi import FastAPI

from tests.web.asserting_client import AssertingClient
from web.statics import FOLDER


async def test_login_page_needs_no_service(lonely: AssertingClient) -> None:
    page = await lonely.get("/anmelden")
    assert page.heading == "Anmelden"
    assert page.field("csrf_token")


async def test_unknown_address_says_what_to_do(lonely: AssertingClient) -> None:
    page = await lonely.get("/gibt-es-nicht", expect=404)
    assert page.heading == "Diese Seite gibt es nicht"
    assert page.response.headers["x-request-id"] in page.text


async def test_login_while_the_service_is_down(lonely: AssertingClient) -> None:
    await lonely.get("/anmelden")
    page = await lonely.post("/anmelden", {"name": "a", "password": "b"}, expect=503)
    assert "Konten und Anmeldung antwortet nicht" in page.text
    assert page.response.headers["retry-after"] == "30"


async def test_post_without_token_is_refused(lonely: AssertingClient) -> None:
    lonely.token = "forged"
    page = await lonely.post("/anmelden", {"name": "a", "password": "b"}, expect=403)
    assert page.heading == "Das Formular war nicht mehr gültig"


async def test_post_from_another_site_is_refused(lonely: AssertingClient) -> None:
    await lonely.get("/anmelden")
    await lonely.post(
        "/anmelden", {"name": "a"}, headers={"Origin": "https://evil.example"}, expect=403
    )


@pytest.mark.parametrize("name", ["css/quartierblick.css", "vendor/htmx/htmx.min.js"])
async def test_static_files_are_kept_for_a_year_or_asked_for_again(
    lonely_app: FastAPI, lonely: AssertingClient, name: str
) -> None:
    page = await lonely.get("/anmelden")
    addresses = [
        e.get("href") or e.get("src") or "" for e in page.root.iter() if e.tag in {"link", "script"}
    ]
    address = next(a for a in addresses if a.endswith(name))
    response = await lonely.http.get(address)
    assert response.status_code == 200
    assert response.headers["content-encoding"] == "gzip"


async def test_request_id_is_taken_over_or_made(lonely: AssertingClient) -> None:
    given = await lonely.http.get("/healthz", headers={"X-Request-ID": "abcdef-123456"})
    assert given.headers["x-request-id"] == "abcdef-123456"
    bad = await lonely.http.get("/healthz", headers={"X-Request-ID": "a b<>"})
    assert bad.headers["x-request-id"] != "a b<>"


async def test_crash_is_a_page_with_a_number(lonely_app: FastAPI, lonely: AssertingClient) -> None:
    def fail() -> None:
        raise RuntimeError("nobody expected this")

    lonely_app.add_api_route("/absturz", fail)
    try:
        page = await lonely.get("/absturz", expect=500)
    finally:
        # other tests borrow the application
        lonely_app.router.routes.pop()
    assert page.heading == "Diese Seite konnte nicht erstellt werden"
    assert page.response.headers["x-request-id"] in page.text
    assert "nobody expected" not in page.html


async def test_wrong_method_is_a_page(lonely: AssertingClient) -> None:
    response = await lonely.http.delete("/anmelden")
    assert response.status_code == 405
    assert response.headers["allow"]
    assert "<h1" in response.text


async def test_too_large_a_body_is_refused_before_it_is_read(lonely: AssertingClient) -> None:
    await lonely.get("/anmelden")
    page = await lonely.post(
        "/anmelden", {"name": "a"}, headers={"Content-Length": "999999999999"}, expect=413
    )
    assert page.heading == "Die Datei ist zu groß"
    assert "268 MB" in page.text


async def test_readiness_names_what_is_missing(lonely: AssertingClient) -> None:
    response = await lonely.http.get("/readyz")
    assert response.status_code == 503
    assert response.json()["services"]["consultation_api"] == "unavailable"


async def test_metrics_count_by_route_not_by_address(lonely: AssertingClient) -> None:
    await lonely.get("/gebiete/05911000", expect=503)
    text = (await lonely.http.get("/metrics")).text
    assert 'route="/gebiete/{code}",status="503"' in text
    assert "05911000" not in text


async def test_pages_are_compressed(lonely: AssertingClient) -> None:
    response = await lonely.http.get("/datenschutz")
    assert response.headers["content-encoding"] == "gzip"


async def test_static_file_outside_the_folder_is_not_found(
    lonely_app: FastAPI, lonely: AssertingClient
) -> None:
    response = await lonely.http.get("/static/x/..%2f..%2fsettings.py")
    assert response.status_code == 404


def test_vendored_parts_carry_licence_and_version() -> None:
    for folder in (FOLDER / "vendor").iterdir():
        assert (folder / "VERSION").read_text(encoding="utf-8").strip(), folder
        assert (folder / "LICENSE").stat().st_size > 200, folder
