"""What one side has said, agreed or ended is not turned round by the other, past all code."""

from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.consultation_api.advice_world import Advice
from tests.consultation_api.service_role import Row, as_service, principal_of, value
from tests.consultation_api.world import Person

REFUSED = (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)


def refused(
    advice: Advice, person: Person, statement: str, *parameters: object, rights: str | None = None
) -> None:
    """The database does not let somebody write so."""
    with as_service(advice.world.database, principal_of(advice, person, rights)) as connection:
        try:
            changed = connection.execute(statement.encode(), parameters).rowcount
        except REFUSED:
            return
        assert changed == 0, statement


def written(advice: Advice, person: Person, statement: str, *parameters: object) -> None:
    """The database lets somebody write so; the rows are as before afterwards."""
    with as_service(advice.world.database, principal_of(advice, person)) as connection:
        assert connection.execute(statement.encode(), parameters).rowcount == 1


_AGREED = (
    "UPDATE consultation.goal SET state = 'vereinbart', confirmed_by_side = %s,"
    " confirmed_by_name = 'x', confirmed_at = now()"
)
_PROPOSED = (
    "UPDATE consultation.goal SET text = 'Ein anderes Ziel', state = 'vorgeschlagen',"
    " proposed_by_side = %s, proposed_by = %s, proposed_by_name = 'x', confirmed_by_side = NULL,"
    " confirmed_by_name = NULL, confirmed_at = NULL"
)


async def test_nobody_confirms_a_goal_in_the_other_sides_name(filled: Advice) -> None:
    refused(filled, filled.advisor, _AGREED, "kommune")
    written(filled, filled.planner, _AGREED, "kommune")


async def test_nobody_proposes_a_goal_in_the_other_sides_name(filled: Advice) -> None:
    """It could be confirmed by who had worded it."""
    team, town = ("beratung", filled.advisor.id), ("kommune", filled.planner.id)
    refused(filled, filled.advisor, _PROPOSED, *town)
    refused(filled, filled.planner, _PROPOSED, *team)
    refused(filled, filled.planner, _PROPOSED, "kommune", filled.colleague.id)
    refused(filled, filled.planner, "UPDATE consultation.goal SET proposed_by_side = 'kommune'")
    written(filled, filled.planner, _PROPOSED, *town)


async def test_an_agreed_goal_keeps_its_words_and_its_confirmation(filled: Advice) -> None:
    case_id = value(filled, "SELECT id FROM consultation.advice_case")
    goal_id = value(filled, "SELECT id FROM consultation.goal")
    answer = await filled.act(
        filled.planner, f"/cases/{case_id}/goals/{goal_id}/state", {"state": "vereinbart"}
    )
    assert answer.status_code == 200, answer.text
    for change in (
        "SET text = 'Etwas anderes'",
        "SET confirmed_by_name = 'Jemand'",
        "SET state = 'vorgeschlagen', confirmed_by_side = NULL, confirmed_by_name = NULL,"
        " confirmed_at = NULL",
    ):
        refused(filled, filled.planner, f"UPDATE consultation.goal {change}")
    written(filled, filled.advisor, "UPDATE consultation.goal SET state = 'erreicht'")


@pytest.mark.parametrize("end", ["withdraw", "decline"])
async def test_a_request_that_has_ended_stays_so(advice: Advice, end: str) -> None:
    offered = await advice.offer((await advice.request())["id"])
    written(advice, advice.planner, _MESSAGE, advice.planner.id)
    person = advice.planner if end == "withdraw" else advice.advisor
    answer = await advice.act(person, f"/requests/{offered['id']}/{end}", {"reason": "Anders"})
    assert answer.status_code == 200, answer.text
    for state in ("angeboten", "abgelehnt"):
        refused(advice, advice.advisor, "UPDATE consultation.request SET state = %s", state)
    refused(advice, advice.planner, "UPDATE consultation.request SET state = 'zurueckgezogen'")
    refused(advice, advice.planner, _CONSENT, advice.planner.id)
    refused(advice, advice.advisor, _NEXT_VERSION, advice.advisor.id)
    refused(advice, advice.planner, _MESSAGE, advice.planner.id)


_CONSENT = (
    "UPDATE consultation.agreement SET consented_by = %s, consented_by_name = 'x',"
    " consented_at = now() WHERE version = 1"
)
_NEXT_VERSION = (
    "INSERT INTO consultation.agreement (id, request_id, organisation_id, team_organisation_id,"
    " version, text, proposed_by, proposed_by_name, proposed_at)"
    " SELECT gen_random_uuid(), request_id, organisation_id, team_organisation_id, version + 1,"
    " 'Kostet 10.000 Euro.', %s, 'x', now() FROM consultation.agreement ORDER BY version DESC"
    " LIMIT 1"
)
_MESSAGE = (
    "INSERT INTO consultation.request_message (id, request_id, organisation_id,"
    " team_organisation_id, side, author_id, author_name, text, at)"
    " SELECT gen_random_uuid(), id, organisation_id, team_organisation_id, 'kommune', %s, 'x',"
    " 'x', now() FROM consultation.request"
)


async def test_an_accepted_request_stays_with_its_case(filled: Advice) -> None:
    refused(
        filled,
        filled.advisor,
        "UPDATE consultation.request SET state = 'abgelehnt', case_id = NULL",
    )
    refused(
        filled,
        filled.planner,
        "UPDATE consultation.request SET state = 'zurueckgezogen', case_id = NULL",
    )


async def test_another_request_is_not_accepted_with_the_case_there_is(filled: Advice) -> None:
    other = await filled.offer((await filled.request())["id"])
    with (
        as_service(filled.world.database, principal_of(filled, filled.planner)) as connection,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
    ):
        connection.execute(
            "UPDATE consultation.request SET state = 'angenommen',"
            " case_id = (SELECT id FROM consultation.advice_case) WHERE id = %s",
            (other["id"],),
        )


async def test_no_other_agreement_slips_under_a_case(filled: Advice) -> None:
    refused(filled, filled.advisor, _NEXT_VERSION, filled.advisor.id)


async def test_a_case_shows_the_agreement_it_rests_on(filled: Advice) -> None:
    case_id = value(filled, "SELECT id FROM consultation.advice_case")
    before = (await filled.get(filled.planner, f"/cases/{case_id}"))["agreement"]
    filled.world.database.execute(_NEXT_VERSION, filled.advisor.id)
    assert (await filled.get(filled.planner, f"/cases/{case_id}"))["agreement"] == before
    exported = await filled.get(filled.planner, f"/cases/{case_id}/export")
    assert exported["case"]["agreement"] == before


async def test_only_the_version_that_stands_is_consented_to(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    await advice.offer(offered["id"])
    refused(advice, advice.planner, _CONSENT, advice.planner.id)
    written(
        advice, advice.planner, _CONSENT.replace("version = 1", "version = 2"), advice.planner.id
    )


async def test_who_may_write_and_not_read_writes_nothing_into_an_ended_case(
    filled: Advice,
) -> None:
    case_id = value(filled, "SELECT id FROM consultation.advice_case")
    answer = await filled.act(
        filled.planner, f"/cases/{case_id}/state", {"state": "zurueckgezogen"}
    )
    assert answer.status_code == 200, answer.text
    for statement in (
        "UPDATE consultation.task SET title = 'x'",
        "UPDATE consultation.goal SET reason = 'x'",
    ):
        refused(filled, filled.advisor, statement, rights="cases:write")


async def test_the_way_of_a_case_is_not_rewritten(filled: Advice) -> None:
    """A change of state is noted from the state there is, and none after the end."""
    case_id, town, team = filled.world.database.execute(
        "SELECT id, organisation_id, team_organisation_id FROM consultation.advice_case"
    )[0]
    row: Row = {
        "id": uuid4(),
        "case_id": case_id,
        "organisation_id": town,
        "team_organisation_id": team,
        "from_state": "ruhend",
        "to_state": "laufend",
        "side": "beratung",
        "changed_by": filled.advisor.id,
        "changed_by_name": "x",
        "at": "now",
    }
    note = sql.SQL("INSERT INTO consultation.state_change ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() for _ in row),
    )
    with (
        as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(note, list(row.values()))
    answer = await filled.act(
        filled.planner, f"/cases/{case_id}/state", {"state": "zurueckgezogen"}
    )
    assert answer.status_code == 200, answer.text
    with (
        as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(note, list((row | {"from_state": "zurueckgezogen"}).values()))


async def test_nobody_signs_the_trail_for_another_organisation(filled: Advice) -> None:
    statement = (
        "INSERT INTO consultation.audit (id, subject_id, organisation_id, action, record_kind,"
        " record_id, fields) VALUES (gen_random_uuid(), %s, %s, 'a', 'b', 'c', '{}')"
    )
    planner, advisor = filled.planner, filled.advisor
    refused(filled, planner, statement, planner.id, advisor.organisation_id)
    written(filled, planner, statement, planner.id, planner.organisation_id)


async def test_answers_to_repetitions_are_kept_a_day_at_least(filled: Advice) -> None:
    """Without them a repeated request would act twice."""
    for kept in ("0 s", "-1 year"):
        with as_service(filled.world.database) as connection:
            row = connection.execute(
                "SELECT consultation.remove_old_answers(%s::interval)", (kept,)
            ).fetchone()
            assert row == (0,)
