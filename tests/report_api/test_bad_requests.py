"""What cannot be asked for is refused with a reason, and nothing is stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.report_api.conftest import forget_reports
from tests.report_api.desk import TEMPLATE, Desk
from tests.support.demo import Demo
from tests.support.stack import Stack

REFUSED = {
    "05999999": (404, "area_unknown", "Verzeichnis"),
    "5334002": (404, "area_unknown", "„05334002“"),
    "99": (404, "area_unknown", "Verzeichnis"),
    "Köln'; DROP": (404, "area_unknown", "Verzeichnis"),
    "05": (422, "area_kind_unsupported", "Land"),
    "DG": (422, "area_kind_unsupported", "Bund"),
    "053": (422, "area_kind_unsupported", "Regierungsbezirk"),
    "01001000": (422, "area_without_figures", "keine Zahl freigegeben"),
    "05354": (422, "area_without_figures", "nicht mehr"),
}


@pytest.fixture
def at_desk(services: Stack, demo: Demo) -> Iterator[Desk]:
    """The planner's desk over the module's own demo; nothing may be left behind."""
    forget_reports(services.database)
    yield Desk(services, demo.store, "sozialplanung")
    assert services.database.execute("SELECT count(*) FROM report.report") == [(0,)]


@pytest.mark.parametrize("area", REFUSED)
async def test_a_place_no_report_can_be_made_of_is_refused_alike_everywhere(
    at_desk: Desk, area: str
) -> None:
    status, code, words = REFUSED[area]
    answers = [
        await at_desk.ask(area),
        await at_desk.get(f"/v1/templates/{TEMPLATE}/preview?area={area}"),
        await at_desk.get(f"/v1/templates/{TEMPLATE}/choices?area={area}"),
    ]
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), problem
        assert words in problem["detail"]
        assert answer.headers["content-type"].startswith("application/problem+json")
        if status == 422:
            assert problem["suggestion"]
            assert problem["errors"][0]["code"] == code


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"template": "sozialbericht", "area": "99001001"}, 422, "template_unknown"),
        ({"template": TEMPLATE}, 422, "invalid_request"),
        ({"area": "99001001"}, 422, "invalid_request"),
        ({"template": TEMPLATE, "area": ""}, 422, "invalid_request"),
        ({"template": TEMPLATE, "area": "9" * 41}, 422, "invalid_request"),
        ({"template": TEMPLATE, "area": 99001001}, 422, "invalid_request"),
        ({"template": TEMPLATE, "area": "99001001", "colour": "red"}, 422, "invalid_request"),
        (
            {"template": TEMPLATE, "area": "99001001", "parameters": {"title": "x"}},
            422,
            "invalid_request",
        ),
        (
            {"template": TEMPLATE, "area": "99001001", "parameters": {"map_indicator": "keiner"}},
            422,
            "indicator_unknown",
        ),
        (
            # known, but not in the Musterkreis
            {
                "template": TEMPLATE,
                "area": "99001001",
                "parameters": {"chart_indicator": "siedlungsflaeche"},
            },
            422,
            "indicator_unknown",
        ),
        ([], 422, "invalid_request"),
    ],
)
async def test_a_body_that_names_nothing_to_make_is_refused(
    at_desk: Desk, body: Any, status: int, code: str
) -> None:
    answer = await at_desk.stack.report.post(
        "/v1/reports", json=body, headers=await at_desk.headers() | {"Idempotency-Key": str(body)}
    )
    problem = answer.json()
    assert answer.status_code == status, problem
    assert problem["code"] == code
    assert problem["errors"]


async def test_a_report_needs_a_key_a_right_and_an_account(at_desk: Desk) -> None:
    body = {"template": TEMPLATE, "area": "99001001"}
    post, key = at_desk.stack.report.post, {"Idempotency-Key": "k"}
    answer = await post("/v1/reports", json=body, headers=await at_desk.headers())
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    clerk = await at_desk.of("datenlieferung").headers()
    answer = await post("/v1/reports", json=body, headers=clerk | key)
    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")
    assert (await post("/v1/reports", json=body, headers=key)).status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/reports?colour=red", 422, "unknown_parameter"),
        ("/v1/reports?state=lost", 422, "invalid_request"),
        ("/v1/reports?cursor=x", 422, "cursor_invalid"),
        ("/v1/reports?limit=0", 422, "invalid_request"),
        ("/v1/reports?q=", 422, "invalid_request"),
        ("/v1/reports/nothing", 422, "invalid_request"),
        ("/v1/reports/01900000-0000-7000-8000-000000000000", 404, "report_unknown"),
        ("/v1/reports/01900000-0000-7000-8000-000000000000/files/docx", 404, "format_unknown"),
        ("/v1/reports/01900000-0000-7000-8000-000000000000/files/article", 404, "format_unknown"),
        ("/v1/reports/01900000-0000-7000-8000-000000000000/files/pdf", 404, "report_unknown"),
        ("/v1/templates/sozialbericht/preview?area=99001001", 404, "template_unknown"),
        ("/v1/templates/sozialbericht/choices?area=99001001", 404, "template_unknown"),
        ("/v1/templates/gemeindeprofil/choices", 422, "invalid_request"),
        (
            "/v1/templates/gemeindeprofil/preview?area=99001001&map_indicator=keiner",
            422,
            "indicator_unknown",
        ),
    ],
)
async def test_what_is_not_there_is_said_in_words(
    at_desk: Desk, path: str, status: int, code: str
) -> None:
    answer = await at_desk.get(path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert len(problem["detail"]) > 20
