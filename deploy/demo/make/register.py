"""Makes the register of Germany's official keys, and the figures printed in it.

Sources, all from the `pystatis` 0.5.5 source distribution: the Gemeindeverzeichnis
(Gebietsstand 30.06.2024), and the keys that recorded tables carry beyond it: Kreise that have
ended, Berlin's Bezirke, statistical regions of Länder without Regierungsbezirke, and
municipalities of the Zensus (Gebietsstand 15.05.2022) that have merged since. Without these a
national file of the offices would not find all its keys.
"""

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from deploy.demo.make.genesis import german_file
from deploy.demo.make.workbook import read_rows

DATA = Path(__file__).parents[1] / "data"
COLUMNS = (
    "code", "ars", "kind", "name", "designation", "parent",
    "valid_from", "valid_to", "area_km2", "residents", "note",
)  # fmt: skip
Row = dict[str, str]

DESIGNATIONS = {
    "41": "Kreisfreie Stadt",
    "42": "Stadtkreis",
    "43": "Kreis",
    "44": "Landkreis",
    "45": "Regionalverband",
    "60": "Markt",
    "61": "Kreisfreie Stadt",
    "62": "Stadtkreis",
    "63": "Stadt",
    "64": "Gemeinde",
    "65": "Gemeindefreies Gebiet, bewohnt",
    "66": "Gemeindefreies Gebiet, unbewohnt",
    "67": "Große Kreisstadt",
}

AACHEN = "Städteregion Aachen Gesetz § 1 (Aachen-Gesetz vom 26.02.2008, GV. NRW. S. 162)"
AACHEN_FIRST_DAY = "2009-10-21"
# First day on which the Kreise of the reform are no more, by Land. Göttingen and Osterode
# united in 2016; the three eastern Länder redrew their Kreise as a whole;
# in Thüringen, Eisenach joined its Kreis.
KREIS_REFORMS = {
    "03": ("2016-11-01", "Kreisfusion Göttingen und Osterode am Harz"),
    "05": (AACHEN_FIRST_DAY, AACHEN),
    "13": ("2011-09-04", "Kreisgebietsreform Mecklenburg-Vorpommern 2011"),
    "14": ("2008-08-01", "Kreisgebietsreform Sachsen 2008"),
    "15": ("2007-07-01", "Kreisgebietsreform Sachsen-Anhalt 2007"),
    "16": ("2021-07-01", "Eingliederung der Stadt Eisenach in den Wartburgkreis"),
}
# Since when Germany has had its sixteen Länder: no area of the register is older.
FIRST_DAY = "1990-10-03"
UNIFICATION = (
    "Deutschland mit seinen sechzehn Ländern (Einigungsvertrag vom 31.08.1990, BGBl. II S. 889)"
)
ZENSUS_DAY, REGISTER_DAY = "2022-05-15", "2024-06-30"


def directory(workbook: Path) -> Iterator[Row]:
    """Yield the areas of the Gemeindeverzeichnis, each after its parents."""
    yield _row("DG", "bund", "Deutschland", "Bund", "", valid_from=FIRST_DAY, note=UNIFICATION)
    seen: set[str] = set()
    for cells in read_rows(workbook, sheet=2):
        row = _directory_row(cells, seen)
        if row is not None:
            seen.add(row["code"])
            yield row


def _directory_row(cells: dict[str, str], seen: set[str]) -> Row | None:
    level, name = cells.get("A", ""), cells.get("H", "")
    land, district = cells.get("C", ""), cells.get("C", "") + cells.get("D", "")
    kreis = district + cells.get("E", "")
    designation = DESIGNATIONS.get(cells.get("B", ""), "")
    if level == "10":
        return _row(land, "land", name, "Land", "DG")
    if level == "20":
        former = name.startswith("früher: ")
        label = name.removeprefix("früher: ").replace("Reg.-Bez.", "Regierungsbezirk")
        note = "Früherer Bezirk, als statistische Region weitergeführt" if former else ""
        return _row(district, "regierungsbezirk", label, "", land, note=note)
    if level == "40":
        parent = district if district in seen else land
        row = _row(kreis, "kreis", kreis_name(name, designation), designation, parent)
    elif level == "60":
        code = kreis + cells["G"]
        # The German-Luxembourgish condominium (07000999) lies in no Kreis.
        parent = kreis if kreis in seen else land
        ars = kreis + cells["F"] + cells["G"]
        row = _row(code, "gemeinde", name, designation, parent, ars=ars)
        row["area_km2"] = str(Decimal(cells["I"]).quantize(Decimal("0.01")))
        row["residents"] = cells["J"]
    else:
        return None
    if row["code"].startswith("05334"):
        row.update(valid_from=AACHEN_FIRST_DAY, note=AACHEN)
    return row


def kreis_name(name: str, designation: str) -> str:
    """Name that tells a Kreis from the municipality of the same name.

    The directory calls both Kreis and town "Kleve"; the offices' tables write
    "Kleve, Kreis" and "Köln, kreisfreie Stadt".
    """
    if designation in ("Kreisfreie Stadt", "Stadtkreis"):
        return f"{name.split(',')[0]}, {designation[0].lower()}{designation[1:]}"
    if designation in ("Kreis", "Landkreis") and not any(
        word in name.lower() for word in ("kreis", "region", "verband")
    ):
        return f"{designation} {name}"
    return name


def beyond_directory(package: Path, known: frozenset[str]) -> Iterator[Row]:
    """Yield the areas whose keys only the recorded tables carry (see the module)."""
    cassettes = package / "tests" / "cassettes"
    for key, name in _regions(cassettes / "13111-01-03-4.yaml"):
        if len(key) == 3 and key not in known:
            note = "Statistische Region mit Schlüssel der Regionaldatenbank"
            yield _row(key, "regierungsbezirk", name, "Statistische Region", key[:2], note=note)
    for key, name in _regions(cassettes / "12411-01-01-4.yaml"):
        if len(key) == 5 and key not in known:
            ended, note = KREIS_REFORMS[key[:2]]
            parent = key[:3] if key[:3] in known else key[:2]
            label = " ".join(name.split())
            yield _row(key, "kreis", label, "", parent, valid_to=ended, note=note)
        elif len(key) == 8 and key[:2] == "11":
            note = "Bezirk mit Schlüssel der Regionaldatenbank"
            yield _row(key, "stadtbezirk", name, "Bezirk", "11000000", note=note)
    for key, name in _regions(cassettes / "AI-N-01-2-5.yaml"):
        if key.startswith("05") and key not in known:
            row = _row(key, "gemeinde", name, "", key[:5], valid_to=AACHEN_FIRST_DAY, note=AACHEN)
            yield row
    yield from _merged_since_zensus(cassettes / "1000A-0000.yaml", known)


def _merged_since_zensus(cassette: Path, known: frozenset[str]) -> Iterator[Row]:
    for key, name in _regions(cassette):
        code = key[:5] + key[9:]
        if len(key) != 12 or code in known:
            continue
        note = (
            f"Gebietsstand {ZENSUS_DAY}; am {REGISTER_DAY} nicht mehr im Verzeichnis, "
            "der genaue Tag steht nicht in der Quelle"
        )
        yield _row(code, "gemeinde", name, "", key[:5], ars=key, valid_to=REGISTER_DAY, note=note)


def _regions(cassette: Path) -> list[tuple[str, str]]:
    body = german_file(cassette).decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(body), delimiter=";")
    found = {row["1_variable_attribute_code"]: row["1_variable_attribute_label"] for row in rows}
    return sorted(found.items())


def _row(code: str, kind: str, name: str, designation: str, parent: str, **more: str) -> Row:
    row = dict.fromkeys(COLUMNS, "")
    row.update(code=code, kind=kind, name=name, designation=designation, parent=parent)
    return row | more


def add_sums(rows: list[Row]) -> None:
    """Give every area above the municipalities the exact sums of its municipalities."""
    totals: dict[str, tuple[Decimal, int]] = {}
    by_code = {row["code"]: row for row in rows}
    for row in rows:
        if row["kind"] != "gemeinde" or not row["area_km2"]:
            continue
        parent = row["parent"]
        while parent:
            area, residents = totals.get(parent, (Decimal(0), 0))
            totals[parent] = (area + Decimal(row["area_km2"]), residents + int(row["residents"]))
            parent = by_code[parent]["parent"]
    for code, (area, residents) in totals.items():
        by_code[code].update(area_km2=str(area), residents=str(residents))


def write_register(rows: list[Row]) -> None:
    """Write `areas_germany.csv.gz` (UTF-8, `;`, one line an area, parents first)."""
    text = io.StringIO()
    columns = [column for column in COLUMNS if column != "residents"]
    writer = csv.DictWriter(
        text, columns, delimiter=";", lineterminator="\n", extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    body = gzip.compress(text.getvalue().encode(), 9, mtime=0)
    (DATA / "areas_germany.csv.gz").write_bytes(body)


def write_figures(rows: list[Row]) -> int:
    """Write area and residents of NRW and Deutschland as a tidy delivery; the row count."""
    kept = [
        row for row in rows
        if row["area_km2"] and (row["code"] == "DG" or row["code"].startswith("05"))
    ]  # fmt: skip
    lines = ["area;period;measure;value"]
    for row in kept:
        area = row["area_km2"].replace(".", ",")
        lines.append(f"{row['code']};2022-12-31;FLAECHE;{area}")
        lines.append(f"{row['code']};2022-12-31;BEVOELKERUNG_2011;{row['residents']}")
    text = "\n".join(lines) + "\n"
    (DATA / "gemeindeverzeichnis_flaeche.csv").write_text(text, encoding="utf-8")
    return len(lines) - 1


def main(package: Path) -> None:
    """Write both files from the unpacked `pystatis`."""
    rows = list(directory(package / "assets" / "AuszugGV2QAktuell.xlsx"))
    known = frozenset(row["code"] for row in rows)
    # Kreise that have ended come before their municipalities, so parents stay first.
    rows.extend(beyond_directory(package, known))
    add_sums(rows)
    write_register(rows)
    print(f"{len(rows)} areas, {write_figures(rows)} figures")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
