"""Musterstadt's base partition, its Sozialräume, a Fördergebiet and an invented street directory.

The Quartiere of the Musterkreis are the units. Three Sozialräume divide the town; the
Fördergebiet takes in two units whole and one in part and lies in two of them.
"""

import random
from typing import Any

import shapely
from shapely.geometry import box, mapping, shape

from deploy.demo.api import Api, DemoError, content_key
from deploy.demo.musterkreis_areas import MUSTERSTADT, musterkreis_areas, quarters

PARTITION = f"{MUSTERSTADT}-quartiere"
FUNDING_AREA = f"{MUSTERSTADT}-foerdergebiet-ost"
SEED = 2604
_SOURCE = "Erfundene Gliederung für die Vorführung"

# Keys end with the Quartier's number; each stands in exactly one Sozialraum.
SOZIALRAEUME: dict[str, tuple[str, tuple[int, ...]]] = {
    "sozialraum-nord": ("Sozialraum Nord", (2, 3, 9, 10, 11, 18, 19, 20)),
    "sozialraum-mitte-ost": ("Sozialraum Mitte und Ost", (1, 4, 5, 12, 13, 21, 22)),
    "sozialraum-sued-west": (
        "Sozialraum Süd und West",
        (6, 7, 8, 14, 15, 16, 17, 23, 24, 25, 26),
    ),
}
# Whole in the Fördergebiet: Neustadt and Oststadt; in part: the Fabrikviertel.
_WHOLE, _CUT = (3, 4), 11

_TREES = (
    *("Ahorn", "Akazien", "Birken", "Buchen", "Eichen", "Erlen", "Eschen", "Fichten", "Ginster"),
    *("Hasel", "Holunder", "Kastanien", "Kiefern", "Lärchen", "Linden", "Pappel", "Platanen"),
    *("Rosen", "Schlehen", "Tannen", "Ulmen", "Wacholder", "Weiden", "Weißdorn", "Zedern"),
)
_WAYS = ("weg", "straße", "allee")


def load_partition(office: Api, planner: Api) -> None:
    """Set up what is missing: `office` keeps partition and addresses, `planner` the sets."""
    path = f"/v1/partitions/{PARTITION}"
    if PARTITION not in {item["code"] for item in office.items("/v1/partitions")}:
        office.post("/v1/partitions", partition_record())
    if not office.get(path)["addresses"]:
        office.send(
            "PUT",
            f"{path}/addresses",
            content=directory().encode(),
            headers={
                "content-type": "text/csv",
                "if-match": office.send("GET", path).headers["etag"],
            },
        )
    known = {item["code"] for item in planner.items("/v1/area-sets", municipality=MUSTERSTADT)}
    missing = [item for item in sozialraum_records() if item["code"] not in known]
    if len(missing) == len(SOZIALRAEUME):
        # as a list they must divide the town
        key = content_key("demo-sozialraeume", str(missing))
        planner.post("/v1/area-sets", missing, key=key)
    elif missing:
        raise DemoError("the Sozialräume of Musterstadt stand only in part")
    if FUNDING_AREA not in known:
        planner.post("/v1/area-sets", funding_area_record())


def partition_record() -> dict[str, Any]:
    """The base partition: the Quartiere that the register already holds."""
    return {
        "code": PARTITION,
        "name": "Quartiere in Musterstadt (erfunden)",
        "municipality": MUSTERSTADT,
        "kind": "quartier",
        "source": _SOURCE,
        "attribution": _SOURCE,
    }


def sozialraum_records() -> list[dict[str, Any]]:
    """The three Sozialräume that divide the town."""
    return [
        {
            "code": f"{MUSTERSTADT}-{code}",
            "name": name,
            "kind": "sozialraum",
            "municipality": MUSTERSTADT,
            "parts": [{"unit": f"{MUSTERSTADT}{number:02d}"} for number in numbers],
            "note": "Erfunden.",
        }
        for code, (name, numbers) in SOZIALRAEUME.items()
    ]


def funding_area_record() -> dict[str, Any]:
    """The Fördergebiet as it would be drawn on a map."""
    shapes = {item["code"]: item["geometry"] for item in musterkreis_areas()}
    whole = [shape(shapes[f"{MUSTERSTADT}{number:02d}"]) for number in _WHOLE]
    cut = shape(shapes[f"{MUSTERSTADT}{_CUT}"])
    west, south, _, north = cut.bounds
    part = cut.intersection(box(west, south, cut.centroid.x, north))
    drawn = shapely.union_all([*whole, part])
    return {
        "code": FUNDING_AREA,
        "name": "Fördergebiet Neustadt und Oststadt",
        "kind": "foerdergebiet",
        "municipality": MUSTERSTADT,
        "polygon": mapping(drawn),
        "crs": "EPSG:25832",
        "note": "Erfunden.",
    }


def directory() -> str:
    """The street directory as CSV: about 75 invented streets, each address in one Quartier.

    Every fifth street goes on into the next Quartier; where it does, two numbers are not given
    out, so that the check has a gap to show.
    """
    rng = random.Random(SEED)  # noqa: S311 - no secret
    units = quarters()
    streets = [f"{tree}{way} (erfunden)" for way in _WAYS for tree in _TREES]
    lines = ["Straße;Hausnummer;Zusatz;PLZ;Einheit"]
    for place, street in enumerate(streets):
        unit = units[place % len(units)]
        postcode = f"990{10 + place % len(units) % 3}"
        last = rng.randrange(12, 40)
        for number in range(1, last + 1):
            lines.append(f"{street};{number};;{postcode};{unit.code}")
            if rng.random() < 0.04:
                lines.append(f"{street};{number};a;{postcode};{unit.code}")
        if place % 5 == 0:
            beyond = units[(place + 1) % len(units)]
            lines += [
                f"{street};{number};;{postcode};{beyond.code}"
                for number in range(last + 3, last + 9)
            ]
    return "\n".join(lines) + "\n"
