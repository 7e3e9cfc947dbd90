"""Musterstadt's partition: its Sozialräume divide it, its Fördergebiet cuts a unit."""

from collections import Counter

import pytest

from deploy.demo.musterkreis_areas import MUSTERSTADT, quarters
from deploy.demo.partition import FUNDING_AREA, PARTITION, directory, sozialraum_records
from tests.deploy.demo.conftest import Platform


def test_each_quarter_stands_in_one_sozialraum() -> None:
    parts = Counter(part["unit"] for record in sozialraum_records() for part in record["parts"])
    assert parts == Counter(quarter.code for quarter in quarters())


def test_every_street_is_marked_as_invented_and_every_unit_has_one() -> None:
    rows = [line.split(";") for line in directory().splitlines()[1:]]
    assert all(row[0].endswith("(erfunden)") for row in rows)
    assert {row[4] for row in rows} == {quarter.code for quarter in quarters()}


def test_the_partition_stands_with_its_units_and_addresses(loaded: Platform) -> None:
    office = loaded.account("statistikstelle")
    partition = office.get(f"/v1/partitions/{PARTITION}")
    assert partition["units"] == 26
    assert partition["units_km2"] == pytest.approx(partition["municipality_km2"])
    check = office.get(f"/v1/partitions/{PARTITION}/addresses/check")
    assert check["addresses"] == len(directory().splitlines()) - 1
    assert (check["doubles"], check["units_without"]) == (0, [])
    assert check["gaps"]
    assert check["order_file"]["is_offered"]
    planner = loaded.account("sozialplanung")
    assert planner.get(f"/v1/partitions/{PARTITION}")["addresses"] is None


def test_the_sets_stand_once_and_the_funding_area_is_cut(loaded: Platform) -> None:
    public = loaded.public()
    sets = list(public.items("/v1/area-sets", municipality=MUSTERSTADT))
    assert len(sets) == 4
    funding = public.get(f"/v1/area-sets/{FUNDING_AREA}")
    assert [(part["unit"][-2:], part["basis"]) for part in funding["parts"]] == [
        ("03", "whole"),
        ("04", "whole"),
        ("11", "area"),
    ]
    assert 0.2 < funding["parts"][2]["weight"] < 0.8
    assert funding["is_fictional"]
    area = public.get(f"/v1/areas/{FUNDING_AREA}")
    assert (area["kind"], area["parent"]) == ("foerdergebiet", MUSTERSTADT)
