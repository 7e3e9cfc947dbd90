"""What the service's own role cannot turn round, and what a repetition does not give away."""

from uuid import uuid4

import psycopg
import pytest

from services.report_api.content.blocks import Content
from services.report_api.templates import routes
from tests.report_api.database_role import as_service, principal_of
from tests.report_api.desk import Desk
from tests.report_api.test_walls import membership


async def test_a_finished_report_is_not_begun_again(desk: Desk) -> None:
    """Begun again it would take other files, or be said to have failed."""
    await desk.report("99001001")
    principal = await principal_of(desk.of("ministerium"))
    own = await principal_of(desk)
    await desk.stack.run_report_jobs()
    for person in (own, principal):
        with as_service(desk, person) as connection:
            for change in (
                "state = 'rendering', finished_at = NULL",
                "state = 'failed', failure = '{}'",
                "progress = '{}'",
                "finished_at = now()",
            ):
                changed = connection.execute(f"UPDATE report.report SET {change}".encode())
                assert changed.rowcount == 0, change


async def test_a_colleagues_key_gives_nothing_to_who_is_not_of_the_readership(desk: Desk) -> None:
    """The key is the organisation's; what it answered may rest on figures for its advisors."""
    await desk.of("statistikstelle").release("mk_haushalte", "advisory")
    advisor = desk.of("beratung")
    first = await advisor.ask("99001001", key="bericht-1")
    assert first.status_code == 202, first.text
    membership(desk, "beratung", "landesamt", "gast")
    sent = await desk.stack.as_account("gast") | {"Idempotency-Key": "bericht-1"}
    body = {"template": "gemeindeprofil", "area": "99001001", "parameters": {}}
    answer = await desk.stack.report.post("/v1/reports", json=body, headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (404, "report_unknown")
    again = await advisor.ask("99001001", key="bericht-1")
    assert (again.status_code, again.json()) == (202, first.json())


async def test_nobody_signs_the_trail_for_another(desk: Desk) -> None:
    statement = (
        "INSERT INTO report.audit (id, subject_id, organisation_id, action, record_kind,"
        " record_id) VALUES (gen_random_uuid(), %s, %s, 'a', 'b', 'c')"
    )
    own = await principal_of(desk)
    for signature in ((uuid4(), own.organisation_id), (own.subject_id, uuid4()), (None, None)):
        with (
            as_service(desk, own) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement, signature)
    with as_service(desk, own) as connection:
        connection.execute(statement, (own.subject_id, own.organisation_id))


async def test_a_preview_is_drawn_without_keeping_a_connection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dozen previews at once would leave none for anybody else."""
    pool = desk.stack.report_app.state.database.engine.pool
    held: list[int] = []

    def draw(_content: Content, _title_level: int) -> str:
        held.append(pool.checkedout())
        return "<article></article>"

    monkeypatch.setattr(routes, "render_article", draw)
    answer = await desk.get("/v1/templates/gemeindeprofil/preview?area=99001001")
    assert answer.status_code == 200, answer.text
    assert held == [0]
