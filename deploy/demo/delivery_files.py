"""The invented files behind the demo's deliveries in telling states, and what becomes of each.

The figures follow from those of the Musterkreis: families get help, and households Wohngeld, the
more often the poorer a Quartier is. None of it describes a real place.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import xlsxwriter

from deploy.demo.musterkreis import YEARS, counts, latent_poverty
from deploy.demo.musterkreis_areas import MUSTERSTADT, SEED, quarters
from deploy.demo.musterkreis_groups import drawn, logistic

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HELP, _HOUSING = "HILFEN_ERZIEHUNG", "WOHNGELD_HAUSHALTE"
# In the middle of the town; the home for mothers and children that its reason tells of.
_NEW_HOME = "9900100108"
_NEW_HELPS = 140
# Told in the workbooks, so that their bytes are the same on every run.
_MADE_AT = datetime(2025, 2, 3, 9, 0)  # noqa: DTZ001 - workbooks know no time zone


@dataclass(frozen=True)
class SavedMapping:
    """A mapping to be saved under a name."""

    name: str
    document: dict[str, Any]


@dataclass(frozen=True)
class DeliveryPlan:
    """A file, and the state its delivery is to be in.

    `reason` is given where warnings are to be confirmed, or the delivery to be withdrawn.
    """

    dataset: str
    filename: str
    state: str
    body: Callable[[], bytes]
    content_type: str = _CSV
    reason: str = ""
    mapping: SavedMapping | None = field(default=None)


def plans() -> tuple[DeliveryPlan, ...]:
    """All of them, in the order in which they are delivered."""
    return (
        DeliveryPlan(
            "mk_hilfen",
            "Hilfen_zur_Erziehung_2022_2023.xlsx",
            "accepted",
            _helps_workbook,
            _XLSX,
            mapping=SavedMapping("Jugendamt: Hilfen nach Quartieren", _HELPS_MAPPING),
        ),
        DeliveryPlan(
            "mk_hilfen",
            "hilfen_2024_vorab.csv",
            "withdrawn",
            lambda: _csv(_HELP, "2024", _provisional()),
            reason="Der Auszug enthielt nur die bis Oktober begonnenen Hilfen.",
        ),
        DeliveryPlan(
            "mk_hilfen",
            "hilfen_2024.csv",
            "accepted",
            lambda: _csv(_HELP, "2024", _with_new_home()),
            reason="Im Quartier hat 2024 ein Haus für Mütter und Kinder eröffnet; die Hilfen dort "
            "sind mit dem Jugendamt abgeglichen.",
        ),
        DeliveryPlan("mk_hilfen", "Inobhutnahmen_Auszug.xlsx", "asking", _unknown_workbook, _XLSX),
        DeliveryPlan("mk_wohngeld", "wohngeld_2023_erster_versuch.csv", "rejected", _faulty_csv),
        DeliveryPlan(
            "mk_wohngeld",
            "wohngeld_2023.csv",
            "approving",
            lambda: _csv(_HOUSING, "2023-12-31", _households(2023)),
            reason="Die Werte sind mit der Wohngeldstelle abgeglichen.",
        ),
    )


_HELPS_MAPPING: dict[str, Any] = {
    "sheet": "Auswertung",
    "skip_rows": 2,
    "area": {"column": "Quartier-Nr."},
    "measure": {"fixed": _HELP},
    "values": [
        {"column": "Hilfen 2022", "period": "2022"},
        {"column": "Hilfen 2023", "period": "2023"},
    ],
    "left_out": ["Quartier"],
}


@cache
def _drawn() -> dict[str, dict[str, dict[int, int]]]:
    """{measure: {area: {year: count}}} for the Quartiere and the town."""
    random = np.random.default_rng(SEED + 11)
    level = np.array([latent_poverty()[item.code] for item in quarters()])[:, None]
    known = {
        _HELP: (("EINWOHNER_U18", ""), logistic(-3.1 + 0.6 * level)),
        _HOUSING: (("HAUSHALTE", ""), logistic(-3.4 + 0.5 * level)),
    }
    found: dict[str, dict[str, dict[int, int]]] = {}
    for measure, (of, rate) in known.items():
        whole = counts()[of][: len(quarters())]
        values = drawn(random, whole, np.broadcast_to(rate, whole.shape))
        by_area = {MUSTERSTADT: values.sum(axis=0)}
        by_area |= {item.code: values[n] for n, item in enumerate(quarters())}
        found[measure] = {
            area: dict(zip(YEARS, row.tolist(), strict=True)) for area, row in by_area.items()
        }
    return found


def _of_year(measure: str, year: int) -> dict[str, int]:
    return {area: row[year] for area, row in _drawn()[measure].items()}


def _households(year: int) -> dict[str, int]:
    return _of_year(_HOUSING, year)


def _provisional() -> dict[str, int]:
    """About five sixths of the year, the town still the sum of its Quartiere."""
    parts = {a: v * 5 // 6 for a, v in _of_year(_HELP, 2024).items() if a != MUSTERSTADT}
    return {MUSTERSTADT: sum(parts.values())} | parts


def _with_new_home() -> dict[str, int]:
    values = _of_year(_HELP, 2024)
    values[_NEW_HOME] += _NEW_HELPS
    values[MUSTERSTADT] += _NEW_HELPS
    return values


def _csv(measure: str, period: str, values: dict[str, int]) -> bytes:
    lines = ["area;period;measure;value"]
    lines += [f"{area};{period};{measure};{value}" for area, value in values.items()]
    return ("\n".join(lines) + "\n").encode()


def _faulty_csv() -> bytes:
    """What goes wrong in tables kept by hand: a word, a unit, a key cut short, a line twice."""
    lines = _csv(_HOUSING, "2023-12-31", _households(2023)).decode().splitlines()
    lines[3] = lines[3].rpartition(";")[0] + ";zwölf"
    lines[5] += " Haushalte"
    lines[7] = lines[7].replace("99001001", "9900101", 1)
    lines.append(lines[9])
    return ("\n".join(lines) + "\n").encode()


def _helps_workbook() -> bytes:
    """A wide table below a title, as a Fachverfahren puts it out."""
    years = (2022, 2023)
    values = _drawn()[_HELP]
    rows = [
        [item.code, item.name, *(values[item.code][year] for year in years)] for item in quarters()
    ]
    title = "Hilfen zur Erziehung nach Quartieren (erfunden)"
    head = ["Quartier-Nr.", "Quartier", *(f"Hilfen {year}" for year in years)]
    return _workbook("Auswertung", [[title], [], head, *rows])


def _unknown_workbook() -> bytes:
    """A table that does not say by itself what it counts, and which year it is of."""
    random = np.random.default_rng(SEED + 12)
    rows = [[item.name, int(number)] for item, number in zip(
        quarters(), random.poisson(2.5, len(quarters())), strict=True
    )]  # fmt: skip
    return _workbook("Tabelle1", [["Bezirk", "Fälle"], *rows])


def _workbook(sheet: str, rows: Sequence[Sequence[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": _MADE_AT})
        page = workbook.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return file.getvalue()
