"""A checked dry run is delivered from its stored file, by whom and how often that may be."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.indicator_api.test_delivery_decisions import (
    GOOD,
    HEAD,
    REASON,
    WARNS,
    Office,
    want_second_person,
)
from tests.indicator_api.test_delivery_decisions import office as _office
from tests.support.stack import as_bearer, new_key

office = _office


async def deliver_for_real(
    office: Office,
    path: str,
    who: str = "sender",
    *,
    tag: str | None = None,
    key: dict[str, str] | None = None,
    json: dict[str, Any] | None = None,
) -> httpx.Response:
    """Deliver a dry run's file, without working on it."""
    current = tag or (await office.read(path)).headers["ETag"]
    return await office.world.stack.indicator.post(
        f"{path}/deliver",
        json=json,
        headers=as_bearer(await office.token(who)) | (key or new_key()) | {"If-Match": current},
    )


async def test_the_file_of_a_dry_run_is_delivered_without_being_sent_again(office: Office) -> None:
    """Its options go with it, the dry run stays; both have a file of their own."""
    dry_run = await office.deliver(GOOD, dry_run="true", mode="replace", scope="own")
    before = (await office.read(dry_run)).json()
    assert (before["state"], office.facts()) == ("checked", [])
    assert "deliver" in before["actions"]
    answer = await deliver_for_real(office, dry_run)
    assert answer.status_code == 202, answer.text
    path = answer.headers["Location"]
    assert path != dry_run
    await office.world.stack.run_jobs()
    delivery = (await office.read(path)).json()
    assert (delivery["state"], office.facts()) == ("accepted", [(120.0,)])
    assert delivery["dry_run_id"] == before["id"]
    assert delivery["is_dry_run"] is False
    for same in ("options", "filename", "content_type", "size_bytes", "sha256", "understood"):
        assert delivery[same] == before[same]
    assert (await office.read(f"{path}/file")).text == HEAD + GOOD
    assert (await office.read(dry_run)).json() == before
    assert (await office.read(f"{dry_run}/file")).text == HEAD + GOOD


async def test_asked_twice_with_the_same_key_it_is_one_delivery(
    office: Office, tmp_path: Path
) -> None:
    """The second answer is the first one's; another version of the dry run is refused."""
    dry_run = await office.deliver(GOOD, dry_run="true")
    assert (await deliver_for_real(office, dry_run, tag='"77"')).status_code == 412
    key = new_key()
    first = await deliver_for_real(office, dry_run, key=key)
    again = await deliver_for_real(office, dry_run, key=key)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await deliver_for_real(office, dry_run, key=key, json={"confirm": REASON["reason"]})
    assert other.status_code == 422
    # the dry run's and the delivery's: what was refused left none
    kept = [file for file in (tmp_path / "objects" / "deliveries").iterdir() if file.is_file()]
    assert len(kept) == 2


async def test_its_warnings_wait_or_are_confirmed_in_advance(office: Office) -> None:
    """As with any delivery; nobody confirms in another one's name."""
    dry_run = await office.deliver(WARNS, dry_run="true", confirm=REASON["reason"])
    by_another = (await deliver_for_real(office, dry_run, "second")).headers["Location"]
    await office.world.stack.run_jobs()
    assert (await office.read(by_another)).json()["confirmation"] is None
    assert await office.state(by_another) == "confirming"
    answer = await deliver_for_real(
        office, dry_run, "second", json={"confirm": "So ist es richtig."}
    )
    await office.world.stack.run_jobs()
    delivery = (await office.read(answer.headers["Location"])).json()
    assert delivery["state"] == "accepted", delivery
    assert delivery["confirmation"]["by"] == "Test second"
    by_the_same = (await deliver_for_real(office, dry_run)).headers["Location"]
    await office.world.stack.run_jobs()
    assert (await office.read(by_the_same)).json()["confirmation"]["reason"] == REASON["reason"]


async def test_the_second_person_is_neither_who_tried_nor_who_delivered(office: Office) -> None:
    """Only somebody who had no part in it agrees."""
    want_second_person(office.world)
    dry_run = await office.deliver(GOOD, dry_run="true")
    path = (await deliver_for_real(office, dry_run, "second")).headers["Location"]
    await office.world.stack.run_jobs()
    assert await office.state(path) == "approving"
    for who in ("sender", "second"):
        answer = await office.do(path, "approve", who)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed")
    assert (await office.do(path, "approve", "third")).status_code == 202
    await office.world.stack.run_jobs()
    assert await office.state(path) == "accepted"


@pytest.mark.parametrize(
    ("body", "options"),
    [(GOOD, {}), ("99009999;2023;lb;viele\n", {"dry_run": "true"})],
    ids=["no dry run", "rejected"],
)
async def test_other_deliveries_are_not_delivered_so(
    office: Office, body: str, options: dict[str, Any]
) -> None:
    """What was delivered already, and what was found faulty."""
    path = await office.deliver(body, **options)
    assert "deliver" not in (await office.read(path)).json()["actions"]
    answer = await deliver_for_real(office, path)
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_not_open")


async def test_only_the_own_office_delivers_it(office: Office) -> None:
    """Of another place nobody sees it; who only reads may not; without a key nobody."""
    dry_run = await office.deliver(GOOD, dry_run="true")
    tag = (await office.read(dry_run)).headers["ETag"]
    foreign = await deliver_for_real(office, dry_run, "town", tag=tag)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "delivery_unknown")
    assert (await deliver_for_real(office, dry_run, "reader", tag=tag)).status_code == 403
    bare = await office.world.stack.indicator.post(
        f"{dry_run}/deliver", headers=as_bearer(await office.token("sender")) | {"If-Match": tag}
    )
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_missing")
    stale = await office.world.stack.indicator.post(
        f"{dry_run}/deliver", headers=as_bearer(await office.token("sender")) | new_key()
    )
    assert stale.status_code == 428
