"""Who may have figures taken or taken back: second persons, makers of keys, rights since lost."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.indicator_api.deliveries import load_job
from services.indicator_api.deliveries.lost_rights import refuse_lost_rights
from tests.indicator_api.test_delivery_decisions import (
    GOOD,
    WARNS,
    Office,
    run_expiry,
    want_second_person,
)
from tests.indicator_api.world import DATASET, RAW_RIGHTS, World, create
from tests.report_api.pdf_reading import read_structure
from tests.support.stack import as_bearer, new_key


@pytest.fixture
async def office(world: World) -> Office:
    """A dataset for all of Germany, and the people."""
    await create(
        world.stack, world.office, "/v1/datasets", DATASET | {"code": "bund", "area_code": "DG"}
    )
    return Office(world)


async def test_a_withdrawal_needs_a_second_person_where_a_delivery_does(office: Office) -> None:
    path = await office.deliver(GOOD)
    want_second_person(office.world)
    assert (await office.do(path, "withdraw")).status_code == 202
    await office.world.stack.run_jobs()
    waiting = (await office.read(path)).json()
    assert (waiting["state"], office.facts()) == ("withdrawal_approving", [(120.0,)])
    assert waiting["actions"] == ["keep"]
    assert waiting["waits_until"] is not None
    assert "gelten weiter" in waiting["audience_note"]
    second = (await office.read(path, "second")).json()
    assert second["actions"] == ["approve_withdrawal", "keep"]
    listed = (await office.read("/v1/deliveries?waiting=true", "second")).json()
    assert [item["id"] for item in listed["items"]] == [waiting["id"]]
    receipt = (await office.read(f"{path}/receipt")).json()
    assert receipt["state_label"] == "Übernommen, soll zurückgenommen werden"
    for who in ("sender", "office"):
        answer = await office.do(path, "approve-withdrawal", who)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed"), who
    assert (await office.do(path, "approve-withdrawal", "second")).status_code == 202
    assert (await office.do(path, "keep", "third")).status_code == 409
    await office.world.stack.run_jobs()
    delivery = (await office.read(path)).json()
    assert (delivery["state"], office.facts()) == ("withdrawn", [])
    assert delivery["withdrawal"]["by"] == "Test sender"
    assert delivery["withdrawal"]["approval"]["by"] == "Test second"
    receipt = (await office.read(f"{path}/receipt")).json()
    assert receipt["withdrawal"]["approval"]["by"] == "Test second"
    assert [receipt["withdrawal"][name] for name in ("removed", "restored", "kept")] == [1, 0, 0]
    paper = read_structure((await office.read(f"{path}/receipt?f=pdf")).content)
    said = [cell.text.strip() for cell in paper.all("TH", "TD")]
    assert said[said.index("Der Rücknahme zugestimmt") + 1].startswith("Test second, ")


async def test_a_withdrawal_nobody_agrees_to_leaves_all_as_it_was(office: Office) -> None:
    path = await office.deliver(GOOD)
    before = (await office.read(path)).json()
    want_second_person(office.world)
    assert (await office.do(path, "withdraw")).status_code == 202
    # others may still deliver: nothing is held up
    other = await office.deliver("05999000;2022;lb;5\n", "office")
    assert await office.state(other) == "approving"
    assert (await office.do(path, "keep")).status_code == 200
    assert (await office.do(path, "withdraw", "second")).status_code == 202
    office.world.stack.database.execute(
        "UPDATE indicator.delivery SET waits_until = now() - interval '1 minute' WHERE id = %s",
        path.rsplit("/", 1)[1],
    )
    await run_expiry(office.world)
    assert (await office.read(path)).json() == before
    assert office.facts() == [(120.0,)]
    assert office.audited("delivery.kept") == 1
    assert office.audited("delivery.withdrawal_expired") == 1


async def test_what_waits_to_be_withdrawn_still_counts_for_others(office: Office) -> None:
    first = await office.deliver(GOOD)
    second = await office.deliver(GOOD.replace("120", "130"))
    third = await office.deliver(GOOD.replace("120", "140"))
    want_second_person(office.world)
    assert (await office.do(second, "withdraw")).status_code == 202
    assert (await office.do(third, "withdraw")).status_code == 202
    assert (await office.do(third, "approve-withdrawal", "second")).status_code == 202
    await office.world.stack.run_jobs()
    assert office.facts() == [(130.0,)]
    assert (await office.do(second, "approve-withdrawal", "second")).status_code == 202
    await office.world.stack.run_jobs()
    assert office.facts() == [(120.0,)]
    assert await office.state(first) == "accepted"


async def test_a_replacement_keeps_its_reach_whoever_tries_to_take_it_back(world: World) -> None:
    """A delivery replaced within one town; its withdrawal for all of them broke off."""
    stack = world.stack
    narrow = stack.people.api_key(world.office_id, RAW_RIGHTS, area_codes=("99001001",))
    head = "area;period;measure;value\n"
    await stack.deliver(world.office, "sgb2", f"{head}99001001;2023;lb;1\n99001002;2023;lb;2\n")
    both = f"{head}99001001;2023;lb;10\n99001002;2023;lb;20\n"
    early = await stack.deliver(world.office, "sgb2", both, confirm="Die Zahlen stimmen so.")
    replacing = await stack.deliver(
        narrow, "sgb2", f"{head}99001001;2023;lb;100\n", mode="replace",
        confirm="Die Zahlen stimmen so.",
    )  # fmt: skip
    assert replacing["state"] == "accepted", replacing
    ((stored,),) = stack.database.execute(
        "SELECT cells_path FROM indicator.delivery WHERE id = %s", replacing["id"]
    )
    cells = Path(stack.worker_settings.object_store_url.removeprefix("file://")) / str(stored)
    hidden = cells.with_name("hidden")
    cells.rename(hidden)
    delivery = await withdrawn(world, replacing)
    assert (delivery["state"], delivery["failure"]["code"]) == ("accepted", "file_gone")
    hidden.rename(cells)
    assert (await withdrawn(world, early))["state"] == "withdrawn"
    facts = stack.database.execute("SELECT value FROM indicator.fact ORDER BY value")
    assert facts == [(2.0,), (100.0,)]


async def withdrawn(world: World, delivery: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/deliveries/{delivery['id']}"
    headers = as_bearer(world.office)
    tag = (await world.stack.indicator.get(path, headers=headers)).headers["ETag"]
    answer = await world.stack.indicator.post(
        f"{path}/withdraw",
        json={"reason": "Die Datei war die falsche."},
        headers=headers | {"If-Match": tag},
    )
    assert answer.status_code == 202, answer.text
    await world.stack.run_jobs()
    return await world.stack.read(world.office, path)


async def own_key(office: Office, who: str) -> str:
    """An API key that somebody has made for themselves."""
    key = office.world.stack.people.api_key(office.world.office_id, RAW_RIGHTS)
    office.world.stack.database.execute(
        "UPDATE identity.api_key SET created_by = (SELECT id FROM identity.account WHERE name = %s)"
        " WHERE prefix = %s",
        who,
        key.split("_")[1],
    )
    return key


async def send(office: Office, key: str, body: str = GOOD) -> str:
    answer = await office.world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": "bund"},
        content=f"area;period;measure;value\n{body}".encode(),
        headers=as_bearer(key) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    await office.world.stack.run_jobs()
    return answer.headers["Location"]


async def with_key(office: Office, key: str, path: str, step: str, body: Any = None) -> int:
    tag = (await office.read(path)).headers["ETag"]
    answer = await office.world.stack.indicator.request(
        "PUT" if step == "mapping" else "POST",
        f"{path}/{step}",
        json=body,
        headers=as_bearer(key) | {"If-Match": tag},
    )
    return answer.status_code


async def test_whoever_made_a_key_is_who_acts_through_it(office: Office) -> None:
    want_second_person(office.world)
    key = await own_key(office, "second")
    path = await send(office, key)
    assert "approve" not in (await office.read(path, "second")).json()["actions"]
    refused = await office.do(path, "approve", "second")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_needed")
    assert "angelegt" in refused.json()["detail"]
    assert await with_key(office, key, path, "approve") == 403
    assert (await office.do(path, "approve", "third")).status_code == 202
    await office.world.stack.run_jobs()
    reason = {"reason": "Die Datei war die falsche."}
    assert await with_key(office, key, path, "withdraw", reason) == 202
    assert (await office.do(path, "approve-withdrawal", "second")).status_code == 403
    assert (await office.do(path, "approve-withdrawal", "third")).status_code == 202


async def test_nobody_confirms_or_maps_through_a_key_to_approve_then(office: Office) -> None:
    want_second_person(office.world)
    key = await own_key(office, "third")
    path = await send(office, await own_key(office, "second"), WARNS)
    assert await with_key(office, key, path, "confirm", {"reason": "Der Schlüssel stimmt."}) == 202
    for who in ("second", "third"):
        assert (await office.do(path, "approve", who)).status_code == 403, who
    assert (await office.do(path, "approve", "sender")).status_code == 202
    mapping = {
        "area": {"column": "area"},
        "period": {"column": "period"},
        "measure": {"column": "measure"},
        "values": [{"column": "value"}],
    }
    path = await office.deliver(GOOD)
    assert await with_key(office, key, path, "mapping", {"document": mapping}) == 202
    await office.world.stack.run_jobs()
    for who in ("sender", "third"):
        assert (await office.do(path, "approve", who)).status_code == 403, who
    assert (await office.do(path, "approve", "second")).status_code == 202


LOSSES = {
    "key revoked": ("UPDATE identity.api_key SET revoked_at = now()", "gesperrt"),
    "key expired": (
        "UPDATE identity.api_key SET created_at = now() - interval '2 days',"
        " expires_at = now() - interval '1 day'",
        "abgelaufen",
    ),
    "right taken": ("UPDATE identity.api_key SET rights = '{deliveries:read}'", "nicht mehr"),
    "areas taken": ("UPDATE identity.organisation SET area_codes = '{99001}'", "Gebiete"),
    "office closed": ("UPDATE identity.organisation SET is_active = false", "aktiv"),
    "account closed": ("UPDATE identity.account SET is_active = false", "aktiv"),
    "role ended": ("DELETE FROM identity.membership", "nicht mehr"),
    "role over": ("UPDATE identity.membership SET valid_until = current_date - 1", "nicht mehr"),
    "dataset handed on": (
        "UPDATE indicator.dataset SET holder_organisation_id = (SELECT id"
        " FROM identity.organisation WHERE name = 'Anderes Amt')",
        "andere Stelle",
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_rights_that_were_lost_end_what_was_begun_with_them(
    office: Office, loss: str
) -> None:
    """Approved, but not loaded yet; asked to be withdrawn, but not done yet."""
    database = office.world.stack.database
    is_of_account = loss.startswith(("account", "role"))
    who = "sender" if is_of_account else "office"
    accepted = await office.deliver(GOOD, who)
    waiting = await office.deliver("05999000;2022;lb;5\n", who, run=False)
    assert (await office.do(accepted, "withdraw", who)).status_code == 202
    statement, told = LOSSES[loss]
    database.execute(statement)
    await office.world.stack.run_jobs()
    rows = database.execute(
        "SELECT state, failure FROM indicator.delivery WHERE id = ANY(%s) ORDER BY number",
        [UUID(path.rsplit("/", 1)[1]) for path in (accepted, waiting)],
    )
    assert [row[0] for row in rows] == ["accepted", "failed"]
    for _, failure in rows:
        assert isinstance(failure, dict)
        assert failure["code"] == "rights_lost"
        assert told in failure["detail"]
    assert office.facts() == [(120.0,)]


async def test_rights_lost_while_it_is_loaded_undo_the_loading(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def revoked_meanwhile(*arguments: Any) -> None:
        # the cells are facts already, and nobody else sees them yet
        office.world.stack.database.execute("UPDATE identity.api_key SET revoked_at = now()")
        await refuse_lost_rights(*arguments)

    monkeypatch.setattr(load_job, "refuse_lost_rights", revoked_meanwhile)
    path = await office.deliver(GOOD, "office")
    delivery = (await office.read(path)).json()
    assert (delivery["state"], delivery["failure"]["code"]) == ("failed", "rights_lost")
    assert office.facts() == []
