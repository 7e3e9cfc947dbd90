"""What a check finds: places, rings, keys, gaps and overlaps to the square metre, nesting."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from services.indicator_api.area_imports.checking.check import CheckResult, check_area_file_bytes
from services.indicator_api.area_imports.mapping import Mapping
from services.indicator_api.area_imports.registers import (
    Intention,
    KnownArea,
    KnownPartition,
    Registers,
)
from tests.indicator_api.area_files import (
    DAY,
    TOWN,
    Rows,
    box,
    file_of,
    known,
    partition,
    quarters,
    registers,
)

OFFICIAL = Intention("gemeinde", "Amt", "Amt")


def check(
    folder: Path,
    rows: Rows,
    *,
    intention: Intention | None = None,
    register: Registers | None = None,
    said: Mapping | None = None,
    **options: object,
) -> CheckResult:
    """Write the rows as a GeoPackage and check it as the town's partition."""
    data = file_of(folder, rows, **options)  # type: ignore[arg-type]
    return check_area_file_bytes(
        data, said or Mapping(), intention or partition(), register or registers()
    )


def found(result: CheckResult, code: str) -> list[tuple[str | None, float | None]]:
    """Key and m² of the findings of a kind."""
    return [
        (item.area, None if item.area_m2 is None else round(item.area_m2, 3))
        for item in result.findings.items
        if item.code == code
    ]


def words(result: CheckResult, code: str) -> str:
    """The first finding of a kind, in words."""
    detail = next(item.detail for item in result.findings.items if item.code == code)
    return detail.replace("\u00a0", " ")


def layers(result: CheckResult) -> dict[str, float]:
    """m² shown on the map, by layer."""
    sizes: dict[str, float] = {}
    for place in result.places:
        sizes[place.layer] = sizes.get(place.layer, 0.0) + place.geometry.area
    return sizes


# ---- gaps and overlaps


def test_a_missing_quarter_is_a_gap_of_exactly_its_size(tmp_path: Path) -> None:
    result = check(tmp_path, quarters()[:3])
    assert result.state == "checked"
    assert found(result, "gap") == [(None, 25_000_000.0)]
    assert layers(result) == {"gap": pytest.approx(25_000_000.0)}
    assert "75,0 %" in words(result, "coverage")


def test_a_strip_between_areas_is_a_gap_though_it_is_open_to_the_border(tmp_path: Path) -> None:
    rows = quarters()
    rows[2] = (*rows[2][:2], box(0, 0, 4950, 5000))
    result = check(tmp_path, rows)
    # the 100 m next to the border may be what is generalised there
    assert found(result, "gap") == [(None, 245_000.0)]
    assert "zwischen den Gebieten" in words(result, "gap")
    assert found(result, "edge_differs") == [(None, 5_000.0)]
    assert layers(result) == {"gap": pytest.approx(245_000.0)}


def test_a_hole_between_areas_and_an_overlap_are_measured_and_named(tmp_path: Path) -> None:
    rows = quarters()
    # 200 m × 100 m of the north-west belong to nobody, 40 m × 5000 m to two
    hole = box(2000, 7000, 2200, 7100)
    rows[0] = (*rows[0][:2], rows[0][2].difference(hole))
    rows[1] = (*rows[1][:2], box(4960, 5000, 10_000, 10_000))
    result = check(tmp_path, rows)
    assert found(result, "gap") == [(None, 20_000.0)]
    assert found(result, "overlap") == [(f"{TOWN}101", 200_000.0)]
    assert result.state == "checked", "0.8 % of the smaller area is taken as it is"
    assert "Nordwest" in words(result, "overlap")
    assert layers(result) == {
        "gap": pytest.approx(20_000.0),
        "overlap": pytest.approx(200_000.0),
    }


def test_a_large_overlap_is_refused(tmp_path: Path) -> None:
    rows = quarters()
    rows[1] = (*rows[1][:2], box(4000, 5000, 10_000, 10_000))
    result = check(tmp_path, rows)
    assert result.state == "rejected"
    assert found(result, "overlap_large") == [(f"{TOWN}101", 5_000_000.0)]


def test_slivers_are_summed_up_not_listed(tmp_path: Path) -> None:
    rows = quarters()
    # half a metre of overlap along 5 km, and as much of a gap elsewhere
    rows[1] = (*rows[1][:2], box(4999.5, 5000, 10_000, 10_000))
    rows[2] = (*rows[2][:2], box(0, 0, 4999.5, 5000))
    result = check(tmp_path, rows)
    assert found(result, "overlap_slivers") == [(None, 2500.0)]
    assert not found(result, "overlap")
    assert not found(result, "gap")
    assert not layers(result)


def test_an_area_inside_the_hole_of_another_is_no_gap(tmp_path: Path) -> None:
    rows = quarters()
    island = box(2000, 7000, 2200, 7100)
    rows[0] = (*rows[0][:2], rows[0][2].difference(island))
    result = check(tmp_path, [*rows, ("105", "Insel", island)])
    assert not found(result, "gap")
    assert not found(result, "overlap")


# ---- nesting


def districts() -> tuple[KnownArea, KnownArea]:
    """The town's halves as Stadtbezirke."""
    return (
        known(10, f"{TOWN}1", "Bezirk West", "stadtbezirk", TOWN, box(0, 0, 5000, 10_000)),
        known(11, f"{TOWN}2", "Bezirk Ost", "stadtbezirk", TOWN, box(5000, 0, 10_000, 10_000)),
    )


def test_parents_are_found_by_column_with_or_without_the_prefix(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        quarters(),
        register=registers(*districts()),
        columns={"BEZIRK_NR": ["1", "2", "1", "2"]},
    )
    assert result.mapping.parent_column == "BEZIRK_NR"
    assert result.state == "checked", result.findings.items
    assert [area.parent for area in result.areas] == [
        f"{TOWN}1", f"{TOWN}2", f"{TOWN}1", f"{TOWN}2",
    ]  # fmt: skip


def test_an_area_that_leaves_its_district_is_refused_with_square_metres(tmp_path: Path) -> None:
    rows = quarters()
    rows[0] = (*rows[0][:2], box(0, 5000, 5500, 10_000))
    rows[1] = (*rows[1][:2], box(5500, 5000, 10_000, 10_000))
    result = check(
        tmp_path,
        rows,
        register=registers(*districts()),
        columns={"BEZIRK_NR": ["1", "2", "1", "2"]},
    )
    assert result.state == "rejected"
    assert found(result, "outside_parent") == [(f"{TOWN}101", 2_500_000.0)]
    assert "9,1 %" in words(result, "outside_parent")
    assert layers(result)["outside"] == pytest.approx(2_500_000.0)


def test_a_little_over_the_border_of_the_district_is_told_and_taken(tmp_path: Path) -> None:
    rows = quarters()
    rows[0] = (*rows[0][:2], box(0, 5000, 5010, 10_000))
    rows[1] = (*rows[1][:2], box(5010, 5000, 10_000, 10_000))
    result = check(
        tmp_path,
        rows,
        register=registers(*districts()),
        columns={"BEZIRK_NR": ["1", "2", "1", "2"]},
    )
    assert result.state == "checked"
    assert found(result, "partly_outside_parent") == [(f"{TOWN}101", 50_000.0)]


def test_unknown_and_impossible_parents_are_named_by_row(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        quarters(),
        register=registers(*districts()),
        columns={"OBEN": ["1", "7", f"{TOWN}1", "99001"]},
        said=Mapping(parent_column="OBEN"),
    )
    assert found(result, "parent_unknown") == [(f"{TOWN}102", None)]
    assert "Zeile 2" in words(result, "parent_unknown")
    assert found(result, "parent_not_above") == [(f"{TOWN}104", None)]


# ---- rings


def bow_tie(size: float) -> shapely.Polygon:
    """A ring that crosses itself: two triangles of equal size."""
    corners = [(0, 0), (size, size), (size, 0), (0, size)]
    return shapely.Polygon([(310_000 + x, 5_705_000 + y) for x, y in corners])


def test_a_bow_tie_is_refused_because_its_area_is_anybodys_guess(tmp_path: Path) -> None:
    rows = [("101", "Schleife", bow_tie(1000.0)), *quarters()[1:]]
    result = check(tmp_path, rows)
    assert result.state == "rejected"
    refused = words(result, "geometry_repair_refused")
    assert "überkreuzt sich" in refused
    assert f"{TOWN}101" not in {area.code for area in result.areas}


def test_a_small_loop_is_repaired_and_what_changed_is_shown(tmp_path: Path) -> None:
    """A ring that runs out and back over itself by 10 m: 25 km² stay 25 km²."""
    ring = [(0, 5000), (5000, 5000), (5000, 10_000), (2010, 10_000), (2000, 10_010), (2000, 10_000),
            (2010, 10_010), (2010, 10_000), (0, 10_000)]  # fmt: skip
    crossed = shapely.Polygon([(310_000 + x, 5_700_000 + y) for x, y in ring])
    assert not crossed.is_valid
    result = check(tmp_path, [("101", "Nordwest", crossed), *quarters()[1:]])
    assert result.state == "checked", result.findings.items
    repaired = [place for place in result.places if place.layer == "repaired"]
    assert [place.code for place in repaired] == [f"{TOWN}101"]
    assert repaired[0].geometry.area > 0
    assert repaired[0].geometry.distance(box(2000, 10_000, 2010, 10_010)) == 0
    area = next(item for item in result.areas if item.code == f"{TOWN}101")
    assert area.geometry.is_valid
    assert area.geometry.area == pytest.approx(25_000_000, abs=200)
    assert "vorher 25.000" in words(result, "geometry_repaired")


def test_a_ring_that_touches_itself_keeps_its_area_to_the_millimetre(tmp_path: Path) -> None:
    """A hole drawn as part of the outer ring, as in Köln's file."""
    ring = [(0, 5000), (5000, 5000), (5000, 10_000), (0, 10_000), (0, 8000), (1000, 8500),
            (1000, 7500), (0, 8000)]  # fmt: skip
    touching = shapely.Polygon([(310_000 + x, 5_700_000 + y) for x, y in ring])
    assert "Ring Self-intersection" in shapely.is_valid_reason(touching)
    result = check(tmp_path, [("101", "Nordwest", touching), *quarters()[1:]])
    area = next(item for item in result.areas if item.code == f"{TOWN}101")
    assert area.geometry.area == pytest.approx(touching.area, abs=1e-6)
    assert found(result, "geometry_repaired") == [(None, 0.0)]
    assert found(result, "gap") == [(None, 500_000.0)]


@pytest.mark.parametrize(
    ("shape", "called"),
    [
        (shapely.LineString([(310_000, 5_700_000), (311_000, 5_700_000)]), "eine Linie"),
        (shapely.Point(310_000, 5_700_000), "ein Punkt"),
        (shapely.MultiPoint([(310_000, 5_700_000)]), "eine Gruppe von Punkten"),
    ],
)
def test_lines_and_points_are_refused(tmp_path: Path, shape: BaseGeometry, called: str) -> None:
    result = check(tmp_path, [("101", "Strich", shape), *quarters()[1:]])
    assert result.state == "rejected"
    assert called in words(result, "geometry_not_polygon")
    assert "Zeile 1" in words(result, "geometry_not_polygon")


def test_an_area_without_a_shape_is_named(tmp_path: Path) -> None:
    result = check(tmp_path, [("101", "Leer", None), *quarters()[1:]])
    assert "Zeile 1: Leer" in words(result, "geometry_missing")
    assert result.state == "rejected"


def test_heights_are_dropped_and_said(tmp_path: Path) -> None:
    rows = [(key, name, shapely.force_3d(shape, 50.0)) for key, name, shape in quarters()]
    result = check(tmp_path, rows)
    assert result.state == "checked"
    assert not any(shapely.has_z(area.geometry) for area in result.areas)
    assert found(result, "geometry_z_dropped")


# ---- where the areas lie


def test_a_wrong_reference_system_is_refused_with_the_place_and_the_right_one(
    tmp_path: Path,
) -> None:
    """UTM 32 taken for UTM 33: six degrees too far east."""
    result = check(tmp_path, quarters(), crs="EPSG:25833")
    assert result.state == "rejected"
    detail = words(result, "crs_elsewhere")
    assert "östlicher Länge und nicht in Stadt 1" in detail
    assert "EPSG:25832" in detail
    assert result.crs is not None
    assert result.crs.proposals[0].code == "EPSG:25832"


def test_swapped_axes_are_recognised_and_can_be_turned(tmp_path: Path) -> None:
    rows = [
        (key, name, shapely.transform(shape, lambda x: x[:, ::-1]))
        for key, name, shape in quarters()
    ]
    result = check(tmp_path, rows)
    assert "vertauschte Achsen" in words(result, "crs_elsewhere")
    turned = check(tmp_path, rows, said=Mapping(crs="EPSG:25832/yx"))
    assert turned.state == "checked"
    assert turned.areas[0].geometry.area == pytest.approx(25_000_000)


def test_the_wrong_half_of_the_globe_is_named(tmp_path: Path) -> None:
    rows = [("05999999", "Weit weg", shapely.box(-70.0, -35.0, -69.0, -34.0))]
    result = check(tmp_path, rows, intention=OFFICIAL, crs="EPSG:4326")
    assert "34,5° südlicher Breite und 69,5° westlicher Länge" in words(result, "crs_elsewhere")


def test_an_unknown_code_is_asked_back(tmp_path: Path) -> None:
    for code in ("EPSG:99999", "25832", "+proj=utm +zone=32", "/etc/passwd"):
        result = check(tmp_path, quarters(), said=Mapping(crs=code))
        assert found(result, "crs_unknown"), code


# ---- keys and names


def test_duplicates_are_named_with_their_rows(tmp_path: Path) -> None:
    rows = quarters()
    rows[3] = ("101", *rows[3][1:])
    result = check(tmp_path, rows, said=Mapping(key_column="NR"))
    assert result.state == "rejected"
    assert found(result, "key_duplicate") == [(f"{TOWN}101", None)]
    assert "in den Zeilen 1 und 4" in words(result, "key_duplicate")


def test_rows_with_one_key_can_be_parts_of_one_area(tmp_path: Path) -> None:
    rows = quarters()
    rows[3] = ("101", *rows[3][1:])
    result = check(tmp_path, rows, said=Mapping(key_column="NR", merge_parts=True))
    assert result.state == "checked", result.findings.items
    sizes = {area.code: area.geometry.area for area in result.areas}
    assert sizes[f"{TOWN}101"] == pytest.approx(50_000_000)
    assert len(sizes) == 3


def test_numeric_keys_get_their_zeros_back_only_when_told_to(tmp_path: Path) -> None:
    rows = [(key, name, shape) for key, (_, name, shape) in zip("6789", quarters(), strict=True)]
    rows[3] = ("10", *rows[3][1:])
    numbers = {"NR": [int(row[0]) for row in rows]}
    asked = check(tmp_path, rows, columns=numbers)
    assert [area.code for area in asked.areas] == [f"{TOWN}6", f"{TOWN}7", f"{TOWN}8", f"{TOWN}10"]
    assert found(asked, "key_numeric")
    told = check(tmp_path, rows, columns=numbers, said=Mapping(key_width=3))
    assert [area.code for area in told.areas] == [
        f"{TOWN}006", f"{TOWN}007", f"{TOWN}008", f"{TOWN}010",
    ]  # fmt: skip
    assert "6 → 006" in words(told, "zero_restored")


def test_a_lost_zero_of_an_official_key_is_restored_and_said(tmp_path: Path) -> None:
    rows = [("5999000", "Köln am Test", box(0, 0, 100, 100))]
    result = check(tmp_path, rows, intention=OFFICIAL, columns={"AGS": [5999000]}, said=Mapping())
    assert result.mapping.key_column == "AGS"
    assert [area.code for area in result.areas] == ["05999000"]
    assert "5999000 → 05999000" in words(result, "zero_restored")


def test_own_keys_need_the_prefix_of_the_municipality(tmp_path: Path) -> None:
    result = check(tmp_path, quarters(), said=Mapping(key_prefix=False))
    assert result.findings.counts["key_foreign"] == 4
    whole = [(f"{TOWN}{key}", name, shape) for key, name, shape in quarters()]
    kept = check(tmp_path, whole)
    assert kept.mapping.key_prefix is False
    assert kept.state == "checked"


def test_keys_that_are_taken_are_named(tmp_path: Path) -> None:
    taken = known(20, f"{TOWN}102", "Altstadt", "quartier", TOWN, valid_from=date(2010, 1, 1))
    result = check(tmp_path, quarters(), register=registers(taken))
    assert found(result, "key_taken") == [(f"{TOWN}102", None)]
    assert "Altstadt (seit 01.01.2010)" in words(result, "key_taken")


def test_the_register_takes_no_area_that_a_municipality_keeps(tmp_path: Path) -> None:
    own = known(21, f"{TOWN}101", "Altstadt", "stadtteil", TOWN, is_official=False)
    rows = [(f"{TOWN}{key}", name, shape) for key, name, shape in quarters()]
    result = check(
        tmp_path, rows, intention=Intention("stadtteil", "Amt", "Amt"), register=registers(own)
    )
    assert found(result, "key_taken") == [(f"{TOWN}101", None)]
    assert "eigenen Gliederung" in words(result, "key_taken")


@pytest.mark.parametrize("key", ["", "  ", "a/b", "x" * 41, "ä1"])
def test_impossible_keys_are_named_with_their_row(tmp_path: Path, key: str) -> None:
    rows = quarters()
    rows[2] = (key, *rows[2][1:])
    result = check(tmp_path, rows, said=Mapping(key_column="NR", key_prefix=False))
    faults = {*result.findings.counts} & {"key_missing", "key_invalid"}
    assert faults
    assert "Zeile 3" in words(result, faults.pop())


def test_columns_that_tell_nothing_are_asked_about(tmp_path: Path) -> None:
    rows = [("x y", "1", shape) for _, _, shape in quarters()]
    result = check(tmp_path, rows)
    assert result.state == "asking"
    assert found(result, "key_column_unclear")
    assert result.preview["columns"] == ["NR", "NAME"]
    missing = check(tmp_path, quarters(), said=Mapping(key_column="GIBT_ES_NICHT"))
    assert found(missing, "column_missing")


def test_columns_are_proposed_by_name_and_content(tmp_path: Path) -> None:
    extra = {
        "OBJECTID": [1, 2, 3, 4],
        "SHAPE_AREA": np.array([1.5, 2.5, 3.5, 4.5]).tolist(),
        "STTNR": ["901", "902", "903", "904"],
        "BEZEICHN": ["a b", "c d", "e f", "g h"],
    }
    rows = [("gleich", "1", shape) for _, _, shape in quarters()]
    own = [known(30 + n, f"{TOWN}90{n}", "x", "stadtteil", TOWN, valid_to=DAY) for n in range(1, 5)]
    result = check(tmp_path, rows, columns=extra, register=registers(*own))
    assert result.mapping.key_column == "STTNR", "its values are known keys"
    assert result.mapping.name_column == "BEZEICHN"


# ---- partitions in time


def test_the_former_partition_ends_and_one_that_begins_later_is_in_the_way(tmp_path: Path) -> None:
    former = KnownPartition(7, "alt", "Alte Gliederung", date(2010, 1, 1), None, True, 3)
    follows = check(tmp_path, quarters(), register=registers(partitions=(former,)))
    assert follows.state == "checked"
    assert "Alte Gliederung" in words(follows, "partition_follows")
    later = KnownPartition(8, "neu", "Neue", date(2024, 6, 1), None, True, 3)
    refused = check(tmp_path, quarters(), register=registers(partitions=(later,)))
    assert found(refused, "partition_period_taken")
    foreign = KnownPartition(9, "fremd", "Fremde", date(2010, 1, 1), None, False, 3)
    refused = check(tmp_path, quarters(), register=registers(partitions=(foreign,)))
    assert found(refused, "partition_not_yours")


def test_units_of_the_former_partition_may_keep_their_keys(tmp_path: Path) -> None:
    former = KnownPartition(7, "alt", "Alte", date(2010, 1, 1), None, True, 1)
    unit = known(
        40, f"{TOWN}101", "Nordwest", "stadtteil", TOWN,
        valid_from=date(2010, 1, 1), partition_id=7, is_own=True,
    )  # fmt: skip
    result = check(tmp_path, quarters(), register=registers(unit, partitions=(former,)))
    assert result.state == "checked", result.findings.items
