"""The fictional Musterkreis: a clean coverage, figures that add up, the same on every run."""

import csv
import hashlib
import io
import subprocess
import sys
from collections import Counter

import numpy as np
import shapely

from deploy.demo import musterkreis
from deploy.demo.areas import nrw_boundaries
from deploy.demo.make.nrw_geometry import to_utm32
from deploy.demo.musterkreis import DATASETS, YEARS, Cell, cells, delivery_csv
from deploy.demo.musterkreis_areas import (
    KREIS,
    MUNICIPALITIES,
    MUSTERSTADT,
    boundaries,
    musterkreis_areas,
    quarters,
)

QUARTERS = [quarter.code for quarter in quarters()]
TOWNS = [MUSTERSTADT, *(item.code for item in MUNICIPALITIES)]


def _all_cells() -> dict[tuple[str, int, str, str], Cell]:
    return {
        (cell.area, cell.year, cell.measure, cell.breakdown): cell
        for dataset in DATASETS
        for cell in cells(dataset)
    }


def _value(found: dict[tuple[str, int, str, str], Cell], area: str, year: int, measure: str) -> int:
    value = found[area, year, measure, ""].value
    assert value is not None
    return value


def test_there_are_at_least_24_quarters_and_four_towns() -> None:
    kinds = Counter(area["kind"] for area in musterkreis_areas())
    assert kinds == {"kreis": 1, "gemeinde": 4, "quartier": 26}


def test_the_kreis_is_a_root_and_all_is_marked_as_invented() -> None:
    areas = musterkreis_areas()
    assert areas[0]["code"] == KREIS
    assert areas[0]["parent"] is None
    assert all(area["is_fictional"] and area["geometry"] for area in areas)
    assert all(area["code"].startswith("99") for area in areas)


def test_levels_are_coverages_that_nest() -> None:
    shapes = boundaries()
    for parent, parts in ((MUSTERSTADT, QUARTERS), (KREIS, TOWNS)):
        level = np.array([shapes[key] for key in parts])
        assert shapely.is_valid(level).all()
        assert shapely.coverage_is_valid(level)
        assert shapely.equals(shapely.coverage_union_all(level), shapes[parent])
        assert shapes[parent].geom_type == "Polygon"
        assert shapely.get_num_interior_rings(shapes[parent]) == 0


def test_borders_are_crooked() -> None:
    shapes = boundaries()
    corners = [shapely.get_num_coordinates(shapes[key]) for key in QUARTERS]
    assert min(corners) > 60


def test_it_lies_in_the_open_sea() -> None:
    place = to_utm32(np.array([[4.5, 54.5]]))[0]
    kreis = boundaries()[KREIS]
    assert kreis.contains(shapely.Point(place))
    assert kreis.distance(nrw_boundaries()["05"]) > 200_000


def test_figures_are_the_same_in_another_process() -> None:
    script = (
        "import hashlib; from deploy.demo.musterkreis import DATASETS, delivery_csv;"
        "print(hashlib.sha256(b''.join(map(delivery_csv, DATASETS))).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    here = hashlib.sha256(b"".join(map(delivery_csv, DATASETS))).hexdigest()
    assert other.stdout.strip() == here


def test_quarters_sum_to_the_town_and_towns_to_the_kreis() -> None:
    drawn = musterkreis.counts()
    found = _all_cells()
    for (measure, breakdown), values in drawn.items():
        for index, year in enumerate(YEARS):
            town = found[MUSTERSTADT, year, measure, breakdown].value
            assert town == values[: len(QUARTERS), index].sum()
            if (KREIS, year, measure, breakdown) in found:
                parts = [found[code, year, measure, breakdown].value for code in TOWNS]
                assert (
                    sum(part or 0 for part in parts) == found[KREIS, year, measure, breakdown].value
                )


def test_parts_sum_to_totals() -> None:
    found = _all_cells()
    for year in YEARS:
        for area in (*QUARTERS, *TOWNS, KREIS):
            values = {
                name: _value(found, area, year, f"EINWOHNER{name}")
                for name in ("", "_U15", "_U18", "_15_64", "_AB_65", "_U_RAG", "_AB_RAG")
            }
            assert values[""] == values["_U15"] + values["_15_64"] + values["_AB_65"]
            assert values[""] == values["_U_RAG"] + values["_AB_RAG"]
            assert values["_U_RAG"] >= values["_U15"] + values["_15_64"]
            assert values["_U15"] <= values["_U18"] <= values["_U_RAG"]
            by_law = [
                found[area, year, "ARBEITSLOSE", f"RK={law}"].value for law in ("SGB2", "SGB3")
            ]
            assert sum(part or 0 for part in by_law) == _value(found, area, year, "ARBEITSLOSE")


def test_numerators_stay_within_their_denominators() -> None:
    found = _all_cells()
    pairs = {
        "LEISTUNGSBERECHTIGTE_SGB2": "EINWOHNER_U_RAG",
        "NEF_U15_SGB2": "EINWOHNER_U15",
        "ARBEITSLOSE": "EINWOHNER_15_64",
        "GRUNDSICHERUNG_ALTER": "EINWOHNER_AB_RAG",
        "SCHULABGAENGE_OHNE_ABSCHLUSS": "SCHULABGAENGE",
        "HAUSHALTE_ALLEINERZIEHENDE": "HAUSHALTE_MIT_KINDERN",
        "EINWOHNER_15_24": "EINWOHNER_15_64",
        "ELB_SGB2": "EINWOHNER_15_RAG",
        "LEISTUNGSBERECHTIGTE_15_24_SGB2": "EINWOHNER_15_24",
        "PERSONEN_BG_U18_SGB2": "EINWOHNER_U18",
        "LANGZEITARBEITSLOSE": "ARBEITSLOSE",
        "ARBEITSLOSE_U25": "ARBEITSLOSE",
        "SVB_WOHNORT": "EINWOHNER_15_RAG",
        "KITA_KINDER_U3": "EINWOHNER_U3",
    }
    for (area, year, measure, breakdown), cell in found.items():
        if measure in pairs and cell.value is not None and not breakdown:
            assert 0 <= cell.value <= _value(found, area, year, pairs[measure])


def test_levels_are_plausible_and_neighbours_resemble_each_other() -> None:
    found = _all_cells()
    rates = np.array([
        _value(found, code, 2023, "LEISTUNGSBERECHTIGTE_SGB2")
        / _value(found, code, 2023, "EINWOHNER_U_RAG")
        for code in QUARTERS
    ])  # fmt: skip
    assert 0.015 < rates.min() < 0.05
    assert 0.2 < rates.max() < 0.35
    shapes = np.array([boundaries()[code] for code in QUARTERS])
    touching = np.array([shapely.touches(shape, shapes) for shape in shapes]).astype(float)
    centred = rates - rates.mean()
    morans_i = len(rates) / touching.sum() * (centred @ touching @ centred) / (centred @ centred)
    assert morans_i > 0.25


def test_small_counts_missing_years_and_signs_occur() -> None:
    found = _all_cells()
    assert sum(cell.value in (1, 2) for cell in found.values()) > 20
    unknown = [cell for cell in found.values() if cell.status == "."]
    assert {(cell.area, cell.year) for cell in unknown} == {
        ("9900100120", 2019), ("9900100120", 2020),
    }  # fmt: skip
    assert ("9900100126", 2017, "SCHULABGAENGE", "") not in found
    assert {cell.year for cell in found.values() if cell.quality == "p"} == {2024}


def test_deliveries_are_tidy_tables() -> None:
    for dataset in DATASETS:
        rows = list(csv.DictReader(io.StringIO(delivery_csv(dataset).decode()), delimiter=";"))
        keys = {(row["area"], row["period"], row["measure"], row["breakdown"]) for row in rows}
        assert len(keys) == len(rows) > 200
        assert all(bool(row["value"]) != bool(row["status"]) for row in rows)
