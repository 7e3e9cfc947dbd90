"""The same report is made once; new figures make a new one and leave the old one alone."""

import asyncio

from tests.report_api.desk import Desk


def reports(desk: Desk) -> list[tuple[object, ...]]:
    """How many reports there are, and how many jobs wait to make one."""
    return desk.stack.database.execute(
        "SELECT (SELECT count(*) FROM report.report),"
        " (SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'render_report'"
        " AND status = 'todo')"
    )


async def test_asked_for_at_once_by_many_it_is_made_once(desk: Desk) -> None:
    await desk.token()
    answers = await asyncio.gather(*(desk.ask("99001001") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [202]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert reports(desk) == [(1, 1)]
    await desk.stack.run_report_jobs()
    assert (await desk.read(answers[0].headers["Location"]))["state"] == "finished"


async def test_asked_for_again_it_is_the_one_there_is(desk: Desk) -> None:
    report = await desk.report("99001001")
    chosen = report["parameters"]
    for parameters in ({}, chosen, {"map_indicator": chosen["map_indicator"]}):
        answer = await desk.ask("99001001", **parameters)
        assert answer.status_code == 200
        assert answer.json() == report
    assert reports(desk) == [(1, 0)]
    assert (await desk.ask("99001001", map_indicator="kinderarmut_u15")).status_code == 202
    assert (await desk.ask("99001002")).status_code == 202
    assert (await desk.of("ministerium").ask("99001001")).status_code == 202
    assert reports(desk) == [(4, 3)]


async def test_new_figures_make_a_new_one_and_the_old_one_stays_as_it_was(desk: Desk) -> None:
    old = await desk.report("99001001")
    before = await desk.files(old)
    path = f"/v1/reports/{old['id']}"
    snapshot = (await desk.get(f"{path}/snapshot")).content
    await desk.of("statistikstelle").release("mk_schule")
    new = await desk.report("99001001")
    assert new["id"] != old["id"]
    assert new["fingerprint"] != old["fingerprint"]
    assert new["is_outdated"] is False
    again = await desk.read(path)
    assert again == old | {"is_outdated": True}
    assert await desk.files(old) == before
    assert (await desk.get(f"{path}/snapshot")).content == snapshot
    assert "2024" in (await desk.get(f"/v1/reports/{new['id']}/snapshot")).text


async def test_a_release_elsewhere_changes_nothing_here(desk: Desk) -> None:
    await desk.report("05370004")
    await desk.of("statistikstelle").release("mk_schule")
    assert (await desk.ask("05370004")).status_code == 200


async def test_the_same_key_is_answered_as_the_first_time_even_if_it_could_not_begin_now(
    desk: Desk,
) -> None:
    first = await desk.ask("99001001", key="zweimal")
    await desk.stack.run_report_jobs()
    desk.stack.database.execute(
        "UPDATE indicator.area SET valid_to = '2020-01-01' WHERE code = '99001001'"
    )
    assert (await desk.ask("99001001")).status_code == 422
    again = await desk.ask("99001001", key="zweimal")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await desk.ask("99001002", key="zweimal")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_one_that_failed_is_made_anew(desk: Desk) -> None:
    answer = await desk.ask("99001001")
    desk.stack.database.execute("UPDATE report.snapshot SET content = '{}'")
    await desk.stack.run_report_jobs()
    failed = await desk.read(answer.headers["Location"])
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "snapshot_damaged")
    again = await desk.report("99001001")
    assert again["state"] == "finished"
    assert again["id"] != failed["id"]
    assert again["fingerprint"] == failed["fingerprint"]


async def test_references_count_up_within_the_year(desk: Desk) -> None:
    numbers = [
        (await desk.ask(area)).json()["reference"] for area in ("99001001", "99001002", "99001003")
    ]
    year = numbers[0].split("-")[1]
    assert numbers == [f"R-{year}-000{number}" for number in (1, 2, 3)]
