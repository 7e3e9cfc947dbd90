"""The extracts under deploy/demo/data: complete, consistent, and the publishers' own bytes."""

import csv
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import shapely

from deploy.demo.areas import DATA, nrw_boundaries, official_areas, read_register
from deploy.demo.make.genesis import cut

GENESIS = DATA / "genesis"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "genesis" / "new"
TABLES = sorted(path.stem for path in GENESIS.glob("*.csv"))


def test_register_holds_all_of_nrw() -> None:
    current = [row for row in read_register() if row["code"][:2] == "05" and not row["valid_to"]]
    assert Counter(row["kind"] for row in current) == {
        "land": 1, "regierungsbezirk": 5, "kreis": 53, "gemeinde": 396,
    }  # fmt: skip


def test_register_holds_germany() -> None:
    rows = [row for row in read_register() if not row["valid_to"]]
    kinds = Counter(row["kind"] for row in rows)
    assert (kinds["bund"], kinds["land"], kinds["kreis"], kinds["gemeinde"]) == (1, 16, 400, 10959)


def test_keys_are_unique_and_parents_come_first() -> None:
    seen: set[str] = set()
    for row in read_register():
        assert row["code"] not in seen
        assert not row["parent"] or row["parent"] in seen, row
        seen.add(row["code"])


def test_aachen_ends_and_begins_on_one_day() -> None:
    rows = {row["code"]: row for row in read_register()}
    for ended in ("05313", "05354", "05313000", "05354004"):
        assert rows[ended]["valid_to"] == "2009-10-21"
        assert "GV. NRW. S. 162" in rows[ended]["note"]
    assert rows["05334"]["valid_from"] == rows["05334002"]["valid_from"] == "2009-10-21"


def test_gemeindefreie_gebiete_are_marked() -> None:
    marked = [row for row in read_register() if "Gemeindefrei" in row["designation"]]
    assert len(marked) == 207


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_a_table_resolves(table: str) -> None:
    rows = read_register()
    known = {row["code"] for row in rows} | {row["ars"] for row in rows}
    text = (GENESIS / f"{table}.csv").read_text(encoding="utf-8-sig")
    keys = {
        row["1_variable_attribute_code"] for row in csv.DictReader(io.StringIO(text), delimiter=";")
    }
    assert keys
    assert keys <= known


@pytest.mark.parametrize("table", TABLES)
def test_table_is_the_publishers_file_cut_by_lines(table: str) -> None:
    originals = [path for name in (f"{table}_de.csv", f"{table}_de_nrw.csv")
                 if (path := SHARED / name).exists()]  # fmt: skip
    if not originals:
        pytest.skip(f"no original of {table} beside the project ({SHARED})")
    body = (GENESIS / f"{table}.csv").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    assert body == cut(originals[0].read_bytes(), table)


@pytest.mark.parametrize(
    "table", ["11111-02-01-4", "12211-Z-11", "12411-01-01-4", "13111-01-03-4", "73111-01-01-4"]
)
def test_every_key_of_a_national_table_resolves(table: str) -> None:
    path = SHARED / f"{table}_de.csv"
    if not path.exists():
        pytest.skip(f"no original of {table} beside the project ({SHARED})")
    known = {row["code"] for row in read_register()}
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";")
    assert {row["1_variable_attribute_code"] for row in rows} <= known


def test_boundaries_are_complete() -> None:
    expected = {row["code"] for row in read_register()
                if row["code"][:2] == "05" and not row["valid_to"]}  # fmt: skip
    assert set(nrw_boundaries()) == expected


@pytest.mark.parametrize(("length", "count"), [(8, 396), (5, 53), (3, 5)])
def test_each_level_is_a_coverage_of_the_land(length: int, count: int) -> None:
    boundaries = nrw_boundaries()
    level = np.array([shape for key, shape in boundaries.items() if len(key) == length])
    assert len(level) == count
    assert shapely.is_valid(level).all()
    assert shapely.coverage_is_valid(level)
    union = shapely.coverage_union_all(level)
    assert shapely.equals(union, boundaries["05"])
    assert shapely.get_num_interior_rings(shapely.get_parts(union)).sum() == 0


def test_boundary_areas_agree_with_the_register() -> None:
    """The source is generalised: small municipalities may be off by some per cent."""
    boundaries = nrw_boundaries()
    for row in read_register():
        if row["code"] in boundaries:
            measured = boundaries[row["code"]].area / 1e6
            tolerance = 0.1 if len(row["code"]) == 8 else 0.02
            assert measured == pytest.approx(float(row["area_km2"]), rel=tolerance), row["name"]


def test_areas_to_import_carry_geometry_where_they_should() -> None:
    areas = official_areas()
    assert sum(area["geometry"] is not None for area in areas) == 455
    assert all(area["geometry"] is None for area in areas if area["valid_to"])


def test_sums_of_the_directory_are_exact() -> None:
    text = (DATA / "gemeindeverzeichnis_flaeche.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["period"] for row in rows} == {"2022-12-31"}
    for measure in ("FLAECHE", "BEVOELKERUNG_2011"):
        values = {row["area"]: Decimal(row["value"].replace(",", "."))
                  for row in rows if row["measure"] == measure}  # fmt: skip
        for length in (5, 3):
            parts = sum(value for key, value in values.items() if len(key) == length)
            assert parts == values["05"]
    assert values["05"] == 18_139_116
