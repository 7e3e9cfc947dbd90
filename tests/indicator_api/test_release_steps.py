"""A release as work: prepared by one, confirmed by another, let out at its moment."""

from datetime import UTC, datetime, timedelta

import pytest

from services.indicator_api.releases.tasks import resume_releases
from services.indicator_api.worker import build_worker
from tests.indicator_api.release_desk import FIGURES, Desk, make_desk
from tests.indicator_api.world import World
from tests.support.stack import as_bearer


@pytest.fixture
async def desk(world: World) -> Desk:
    return await make_desk(world)


async def look_for_moments(desk: Desk) -> None:
    """The worker's round, then its jobs."""
    _, context = build_worker(desk.stack.worker_settings)
    await resume_releases(context)
    await context.database.close()
    await desk.stack.run_jobs()


def let_the_moment_come(desk: Desk) -> None:
    """The moment of every confirmed release is past now."""
    desk.stack.database.execute(
        "SET session_replication_role = replica;"
        " UPDATE indicator.release SET embargo_until = now() - interval '1 second'"
        " WHERE state = 'confirmed'"
    )


async def test_a_second_person_confirms_and_it_goes_out(desk: Desk) -> None:
    path = await desk.prepare(desk.anna)
    draft = await desk.read(path)
    assert (draft["state"], draft["is_mine"], draft["actions"]) == ("draft", True, ["discard"])
    seen_by_bert = await desk.stack.read(desk.bert, path)
    assert seen_by_bert["actions"] == ["confirm", "discard"]
    answer = await desk.step(desk.bert, path, "confirm")
    assert (answer.status_code, answer.json()["state"]) == (202, "publishing")
    await desk.stack.run_jobs()
    release = await desk.read(path)
    assert (release["state"], release["number"]) == ("released", 1)
    assert (release["created_by"], release["confirmed_by"], release["published_by"]) == (
        "Test anna",
        "Test bert",
        "Test bert",
    )
    assert await desk.shown() == {
        "99001": 162,
        "99001001": 120,
        "99001002": None,
        "99001003": 40,
    }


async def test_who_prepared_it_cannot_confirm_it_in_any_guise(desk: Desk) -> None:
    """Neither as the account, nor by a key of one's own, whichever of the two prepared."""
    for preparer, others in (
        (desk.anna, (desk.anna, desk.annas_key)),
        (desk.annas_key, (desk.annas_key, desk.anna)),
    ):
        path = await desk.prepare(preparer)
        for who in others:
            answer = await desk.step(who, path, "confirm")
            document = answer.json()
            assert (answer.status_code, document["code"]) == (403, "second_person_needed")
            assert "zweite Person" in document["detail"]
        answer = await desk.step(desk.bert, path, "publish")
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed")
    assert await desk.shown() == {}


async def test_an_embargo_is_kept_and_then_ends_by_itself(desk: Desk) -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)
    path = await desk.prepare(desk.anna)
    answer = await desk.step(desk.bert, path, "confirm", embargo_until=moment.isoformat())
    assert (answer.status_code, answer.json()["state"]) == (202, "confirmed")
    await look_for_moments(desk)
    assert (await desk.read(path))["state"] == "confirmed"
    assert await desk.shown() == {}
    # nobody else learns that there is one
    other = await desk.stack.indicator.get(path, headers=as_bearer(desk.world.other_office))
    assert other.status_code == 404
    assert (await desk.stack.indicator.get("/v1/releases")).json()["items"] == []
    let_the_moment_come(desk)
    for _ in range(2):
        await look_for_moments(desk)
    release = await desk.read(path)
    assert (release["state"], release["number"], release["published_by"]) == (
        "released",
        1,
        "Test bert",
    )
    published = desk.stack.database.execute(
        "SELECT count(*) FROM indicator.audit WHERE action = 'release.published'"
    )
    assert published == [(1,)]


async def test_a_moment_must_lie_ahead_and_name_its_zone(desk: Desk) -> None:
    path = await desk.prepare(desk.anna)
    for moment, code in (("2020-01-01T10:00:00Z", "embargo_past"), ("2099-01-01T10:00:00", None)):
        answer = await desk.step(desk.bert, path, "confirm", embargo_until=moment)
        assert (answer.status_code, answer.json()["code"]) == (422, code or "invalid_request")
        assert answer.json()["errors"][0]["pointer"] == "/embargo_until"


async def test_figures_that_changed_before_the_moment_send_it_back(desk: Desk) -> None:
    path = await desk.prepare(desk.anna)
    moment = datetime.now(UTC) + timedelta(hours=1)
    await desk.step(desk.bert, path, "confirm", embargo_until=moment.isoformat())
    await desk.stack.deliver(
        desk.anna, "sgb2", FIGURES.replace(";120", ";121").replace(";162", ";163")
    )
    let_the_moment_come(desk)
    await look_for_moments(desk)
    release = await desk.read(path)
    assert (release["state"], release["is_stale"]) == ("draft", True)
    assert release["returned"]["code"] == release["stale_reason"]["code"] == "facts_changed"
    assert (release["confirmed_by"], release["embargo_until"]) == (None, None)
    assert await desk.shown() == {}


async def test_who_lost_the_right_lets_nothing_out_any_more(desk: Desk) -> None:
    path = await desk.prepare(desk.anna)
    moment = datetime.now(UTC) + timedelta(hours=1)
    await desk.step(desk.bert, path, "confirm", embargo_until=moment.isoformat())
    desk.stack.database.execute(
        "UPDATE identity.membership SET valid_until = current_date - 1 WHERE account_id ="
        " (SELECT id FROM identity.account WHERE name = 'bert')"
    )
    let_the_moment_come(desk)
    await look_for_moments(desk)
    release = await desk.read(path)
    assert (release["state"], release["returned"]["code"]) == ("draft", "rights_lost")
    assert release["is_stale"] is False
    assert await desk.shown() == {}


async def test_a_release_whose_job_was_lost_is_taken_up_again(desk: Desk) -> None:
    """While it is checked, and while it is written; one that has a job gets no second."""
    lost = (
        "SET search_path = jobs; DELETE FROM procrastinate_jobs WHERE args ->> 'release_id' <> ''"
    )
    path = (await desk.ask(desk.anna)).headers["Location"]
    desk.stack.database.execute(lost)
    await look_for_moments(desk)
    assert (await desk.read(path))["state"] == "draft"
    await desk.step(desk.bert, path, "confirm")
    desk.stack.database.execute(lost)
    _, context = build_worker(desk.stack.worker_settings)
    for _ in range(2):
        await resume_releases(context)
    await context.database.close()
    jobs = desk.stack.database.execute(
        "SELECT count(*) FROM jobs.procrastinate_jobs WHERE args ->> 'release_id' <> ''"
        " AND status = 'todo'"
    )
    assert jobs == [(1,)]
    await desk.stack.run_jobs()
    assert (await desk.read(path))["number"] == 1


async def test_a_rule_that_changed_makes_a_draft_stale(desk: Desk) -> None:
    path = await desk.prepare(desk.anna)
    await desk.change_dataset(minimum_count=5)
    assert (await desk.read(path))["stale_reason"]["code"] == "rules_changed"
    answer = await desk.step(desk.bert, path, "confirm")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (
        409,
        "release_stale",
        "rules_changed",
    )


async def test_a_release_confirmed_meanwhile_makes_other_drafts_stale(desk: Desk) -> None:
    """What two audiences learn together was not checked."""
    first = await desk.prepare(desk.anna)
    second = await desk.prepare(desk.anna, "ministry")
    assert (await desk.step(desk.bert, first, "confirm")).status_code == 202
    answer = await desk.step(desk.bert, second, "confirm")
    assert (answer.status_code, answer.json()["reason"]) == (409, "other_release")
    await desk.stack.run_jobs()
    # the first does not go back for it
    assert (await desk.read(first))["state"] == "released"
    again = await desk.prepare(desk.anna, "ministry")
    assert (await desk.step(desk.bert, again, "confirm")).status_code == 202


async def test_a_confirmed_release_bars_the_next_for_its_audience_until_it_is_discarded(
    desk: Desk,
) -> None:
    moment = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    first = await desk.prepare(desk.anna)
    await desk.step(desk.bert, first, "confirm", embargo_until=moment)
    second = await desk.prepare(desk.anna)
    answer = await desk.step(desk.bert, second, "confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "release_waiting")
    assert answer.json()["release"] in first
    assert (await desk.read(first))["state"] == "confirmed"
    assert (await desk.step(desk.anna, first, "discard")).json()["state"] == "discarded"
    assert (await desk.step(desk.bert, second, "confirm")).status_code == 202
    await desk.stack.run_jobs()
    assert (await desk.read(second))["state"] == "released"
    plans = desk.stack.database.execute(
        "SELECT (SELECT count(*) FROM indicator.release_planned_cell),"
        " (SELECT count(DISTINCT release_id) FROM indicator.release_hidden_cell)"
    )
    assert plans == [(0, 1)], "plans are forgotten; why cells are hidden is kept"


async def test_a_release_that_would_show_nothing_is_refused(desk: Desk) -> None:
    await desk.change_dataset(minimum_count=1000)
    path = await desk.prepare(desk.anna, scope={"measures": ["lb"]})
    release = await desk.read(path)
    assert (release["state"], release["actions"]) == ("refused", ["discard"])
    assert [item["code"] for item in release["refusals"]] == ["nothing_shown"]
    answer = await desk.step(desk.bert, path, "confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "release_refused")
    assert (await desk.step(desk.anna, path, "discard")).json()["state"] == "discarded"


async def test_a_release_takes_the_part_that_was_asked_for(desk: Desk) -> None:
    scope = {"measures": ["lb"], "levels": ["gemeinde"], "periods": ["2023"]}
    path = await desk.prepare(desk.anna, scope=scope, protect_first=["99001001"])
    release = await desk.read(path)
    assert release["scope"] == scope
    assert release["protect_first"] == ["99001001"]
    assert (release["check"]["cells"], release["check"]["hidden"]) == (3, 1)
    await desk.step(desk.bert, path, "confirm")
    await desk.stack.run_jobs()
    assert sorted(await desk.shown()) == ["99001001", "99001002", "99001003"]


async def test_what_cannot_be_taken_is_named_at_its_place(desk: Desk) -> None:
    scope = {
        "measures": ["lb", "gibtsnicht"],
        "levels": ["gemeinde", "dorf"],
        "periods": ["2023", "2019"],
    }
    answer = await desk.ask(desk.anna, scope=scope, protect_first=["99001001", "12"])
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/scope/measures/1", "measure_unknown"),
        ("/scope/periods/1", "period_unknown"),
        ("/scope/levels/1", "level_unknown"),
        ("/protect_first/1", "area_unknown"),
    ]


async def test_the_terms_of_the_source_bound_audience_and_level(desk: Desk) -> None:
    await desk.change_dataset(
        released_at_most_to="ministry",
        released_smallest_level="kreis",
        release_terms="Nur für Landesbehörden, nur Kreiswerte.",
    )
    answer = await desk.ask(desk.anna)
    document = answer.json()
    assert (answer.status_code, document["code"]) == (422, "audience_beyond_terms")
    assert "Nur für Landesbehörden" in document["detail"]
    assert document["released_at_most_to"] == "ministry"
    answer = await desk.ask(desk.anna, "ministry", scope={"levels": ["gemeinde"]})
    assert answer.json()["code"] == "level_beyond_terms"
    check = (await desk.read(await desk.prepare(desk.anna, "ministry")))["check"]
    assert (check["cells"], check["beyond_terms"]) == (2, 6)


async def test_terms_that_came_after_the_check_make_it_stale(desk: Desk) -> None:
    path = await desk.prepare(desk.anna)
    await desk.change_dataset(released_at_most_to="kreis")
    answer = await desk.step(desk.bert, path, "confirm")
    assert (answer.status_code, answer.json()["reason"]) == (409, "rules_changed")


async def test_it_says_who_has_already_seen_what_would_be_hidden(desk: Desk) -> None:
    for audience in ("public", "ministry"):
        path = await desk.prepare(desk.anna, audience)
        await desk.step(desk.bert, path, "confirm")
        await desk.stack.run_jobs()
    changed = FIGURES.replace(";40\n", ";41\n").replace(";162", ";163")
    await desk.stack.deliver(desk.anna, "sgb2", changed)
    await desk.change_dataset(minimum_count=130)
    seen = (await desk.read(await desk.prepare(desk.anna)))["check"]["already_seen"]
    # towns 1 (120, as it is) and 3 (40, now 41) were shown
    assert [(item["audience"], item["cells"], item["still_true"]) for item in seen] == [
        ("ministry", 2, 1),
        ("public", 2, 1),
    ]
    assert [cell["area"] for cell in seen[0]["examples"]] == ["99001001", "99001003"]


async def test_one_person_is_enough_only_with_a_reason(desk: Desk) -> None:
    answer = await desk.stack.indicator.patch(
        "/v1/datasets/sgb2",
        json={"releases_need_second_person": False, "second_person_reason": " "},
        headers=as_bearer(desk.anna) | {"If-Match": "*"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "second_person_reason_missing")
    await desk.change_dataset(
        releases_need_second_person=False, second_person_reason="Wir sind nur zu einer."
    )
    path = await desk.prepare(desk.anna)
    assert (await desk.read(path))["actions"] == ["confirm", "publish", "discard"]
    # alone, but at a moment
    moment = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = await desk.step(desk.anna, path, "confirm", embargo_until=moment)
    assert answer.json()["state"] == "confirmed"
