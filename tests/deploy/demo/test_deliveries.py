"""The demo's deliveries stand in the states that there are to see."""

from typing import Any

import pytest

from deploy.demo import catalogue
from deploy.demo.delivery_files import plans
from tests.deploy.demo.conftest import Platform


@pytest.fixture(scope="module")
def deliveries(loaded: Platform) -> dict[str, dict[str, Any]]:
    """By the names of their files."""
    api = loaded.account("statistikstelle")
    found: dict[str, dict[str, Any]] = {}
    for dataset in catalogue.delivery_datasets():
        for delivery in api.items("/v1/deliveries", dataset=dataset.code):
            assert delivery["filename"] not in found
            found[delivery["filename"]] = delivery
    return found


def test_each_planned_delivery_stands_once_and_as_planned(
    deliveries: dict[str, dict[str, Any]],
) -> None:
    states = {name: delivery["state"] for name, delivery in deliveries.items()}
    assert states == {plan.filename: plan.state for plan in plans()}
    assert {"accepted", "rejected", "withdrawn", "asking", "approving"} == set(states.values())


def test_a_workbook_is_read_by_a_saved_mapping(
    loaded: Platform, deliveries: dict[str, dict[str, Any]]
) -> None:
    mapped = deliveries["Hilfen_zur_Erziehung_2022_2023.xlsx"]
    saved = loaded.account("statistikstelle").items("/v1/delivery-mappings")
    assert mapped["mapping_name"] in [mapping["name"] for mapping in saved]
    assert mapped["counts"]["new"] == 2 * 26


def test_a_striking_jump_was_confirmed_with_its_reason(
    deliveries: dict[str, dict[str, Any]],
) -> None:
    confirmed = deliveries["hilfen_2024.csv"]
    warnings = [i["code"] for i in confirmed["finding_counts"] if i["severity"] == "warning"]
    assert "jump_over_time" in warnings
    assert "Mütter und Kinder" in confirmed["confirmation"]["reason"]


def test_the_rejected_file_shows_several_kinds_of_findings(
    deliveries: dict[str, dict[str, Any]],
) -> None:
    rejected = deliveries["wohngeld_2023_erster_versuch.csv"]
    errors = {i["code"] for i in rejected["finding_counts"] if i["severity"] == "error"}
    assert len(errors) >= 3


def test_the_second_person_may_agree_and_the_sender_may_not(
    loaded: Platform, deliveries: dict[str, dict[str, Any]]
) -> None:
    waiting = deliveries["wohngeld_2023.csv"]
    assert "approve" in waiting["actions"]
    own = loaded.account("datenlieferung").get(f"/v1/deliveries/{waiting['id']}")
    assert "approve" not in own["actions"]


def test_nothing_of_them_is_released(loaded: Platform) -> None:
    for dataset in catalogue.delivery_datasets():
        assert dataset.body["is_fictional"]
        releases = loaded.account("statistikstelle").items("/v1/releases", dataset=dataset.code)
        assert list(releases) == []
