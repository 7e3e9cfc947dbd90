"""The catalogue fits together: every part an indicator names is there and is delivered."""

import csv
import io

import pytest

from deploy.demo import catalogue
from deploy.demo.catalogue import DemoDataset
from deploy.demo.people import ACCOUNTS, API_KEYS, ORGANISATIONS
from services.indicator_api.datasets.schemas import DatasetWrite
from services.indicator_api.indicators.catalogue_files import shipped_catalogue
from services.indicator_api.indicators.schemas import IndicatorWrite
from services.indicator_api.measures.schemas import MeasureWrite

DATASETS = {dataset.code: dataset for dataset in catalogue.datasets()}
OWN_MEASURES = {measure["code"]: measure for measure in catalogue.measures()}
MEASURES = OWN_MEASURES | {
    measure.code: measure.model_dump() for measure in shipped_catalogue().measures
}
SOURCE_CODES = {
    code: measure["code"]
    for measure in MEASURES.values()
    for code in [measure["code"], *measure.get("source_codes", [])]
}


def _delivered(dataset: DemoDataset) -> set[tuple[str, str]]:
    """(measure, breakdown) pairs in the dataset's files, with our codes."""
    found = set()
    for file in (*dataset.files, *dataset.late):
        for row in csv.DictReader(io.StringIO(file.body.decode("utf-8-sig")), delimiter=";"):
            code = row.get("measure") or row["value_variable_code"]
            parts = [
                f"{row[f'{number}_variable_code']}={row[f'{number}_variable_attribute_code']}"
                for number in (2, 3)
                if row.get(f"{number}_variable_attribute_code")
            ]
            found.add((SOURCE_CODES[code], row.get("breakdown") or "|".join(sorted(parts))))
    return found


DELIVERED = {code: _delivered(dataset) for code, dataset in DATASETS.items()}


def test_bodies_are_what_the_api_takes() -> None:
    for measure in catalogue.measures():
        MeasureWrite.model_validate(measure)
    for dataset in DATASETS.values():
        DatasetWrite.model_validate(dataset.body)
    for indicator in catalogue.indicators():
        IndicatorWrite.model_validate(indicator)


def test_every_part_of_an_indicator_is_delivered() -> None:
    for indicator in catalogue.indicators():
        for part in (indicator["numerator"], indicator.get("denominator")):
            if part is None:
                continue
            wanted = (part["measure"], part["breakdown"])
            sources = [part["dataset"]] if "dataset" in part else list(DATASETS)
            assert any(wanted in DELIVERED[source] for source in sources), indicator["code"]


def test_the_demo_defines_nothing_that_the_catalogue_knows() -> None:
    known = {entry.code for entry in shipped_catalogue().entries}
    assert not known & {str(item["code"]) for item in catalogue.indicators()}
    assert not OWN_MEASURES.keys() & {item.code for item in shipped_catalogue().measures}


def test_the_musterkreis_delivers_for_most_of_the_key_indicators() -> None:
    invented = set().union(
        *(DELIVERED[code] for code, item in DATASETS.items() if item.body["is_fictional"])
    )
    shown = {
        entry.code
        for entry in shipped_catalogue().entries
        if entry.is_key_indicator
        and all(
            (part.measure, part.breakdown) in invented
            for part in (entry.numerator, entry.denominator)
            if part is not None
        )
    }
    assert shown == {
        "sgb2_quote", "elb_quote", "kinderarmut_u15", "kinderarmut_u18", "jugendarmut",
        "alleinerziehende", "grundsicherung_alter", "altenquotient", "arbeitslosenanteil",
        "langzeitarbeitslose", "jugendarbeitslosigkeit", "beschaeftigtenquote", "kita_quote_u3",
        "ohne_schulabschluss", "anteil_u18", "nichtdeutsche",
    }  # fmt: skip


def test_the_map_opens_on_a_rate_for_all_municipalities() -> None:
    first = catalogue.indicators()[0]
    assert first["code"] == "einwohnerdichte"
    assert first["kind"] == "density"
    assert first["smallest_level"] == "gemeinde"


def test_jobs_at_the_place_of_work_meet_no_residents() -> None:
    assert MEASURES["BESCHAEFTIGTE_ARBEITSORT"]["universe"] == "Arbeitsort"
    for indicator in catalogue.indicators():
        parts = [indicator["numerator"], indicator.get("denominator") or {}]
        assert all(part.get("measure") != "BESCHAEFTIGTE_ARBEITSORT" for part in parts)


def test_what_is_invented_says_so() -> None:
    for dataset in DATASETS.values():
        is_invented = dataset.body["area_code"].startswith("99")
        assert dataset.body["is_fictional"] == is_invented
        assert ("erfunden" in dataset.body["title"]) == is_invented
        assert dataset.body["minimum_count"] == (3 if is_invented else 0)


@pytest.mark.parametrize("indicator", catalogue.indicators(), ids=lambda item: str(item["code"]))
def test_a_checked_definition_names_its_source(indicator: dict[str, object]) -> None:
    assert bool(indicator["is_checked"]) == bool(indicator["definition_source"])


def test_something_is_left_to_release() -> None:
    assert [dataset.code for dataset in DATASETS.values() if dataset.late] == ["mk_schule"]
    assert [
        dataset.code for dataset in DATASETS.values() if dataset.audiences == ("administration",)
    ] == ["mk_haushalte"]


def test_holders_and_keys_belong_to_accounts() -> None:
    logins = {account.name for account in ACCOUNTS}
    assert {dataset.holder for dataset in DATASETS.values()} <= logins
    assert {plan.made_by for plan in API_KEYS} <= logins
    names = [organisation.name for organisation in ORGANISATIONS]
    for organisation in ORGANISATIONS:
        if organisation.parent is not None:
            assert names.index(organisation.parent) < names.index(organisation.name)
