"""From the area keys of a file to the areas of the register, by the version valid at the time."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.areas.rules import ags_of_ars, candidates_for_lost_zero
from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.checking.texts import Numbers, TextNumbers

NO_AREA = 0
_EVER = np.iinfo(np.int32).max
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an area; `valid_from` and `valid_to` in days since 1970."""

    area_id: int
    is_allowed: bool
    valid_from: int
    valid_to: int


@dataclass(frozen=True, slots=True)
class Places:
    """The areas of a batch's rows.

    `area_id` is `NO_AREA` where the key is unknown; `is_restored` marks keys that had lost a
    leading zero; `valid_from` is the first day (since 1970) on which the area is, `valid_to` the
    first on which it is no more.
    """

    area_id: NDArray[np.int32]
    is_allowed: NDArray[np.bool_]
    is_restored: NDArray[np.bool_]
    valid_from: NDArray[np.int32]
    valid_to: NDArray[np.int32]

    def only(self, is_kept: NDArray[np.bool_]) -> "Places":
        """Those of some rows."""
        return Places(
            self.area_id[is_kept],
            self.is_allowed[is_kept],
            self.is_restored[is_kept],
            self.valid_from[is_kept],
            self.valid_to[is_kept],
        )


class AreaKeys:
    """The distinct keys of a file, and which area each of them means at which time."""

    def __init__(self, registers: Registers) -> None:
        self._versions = _versions_by_key(registers.areas)
        # before it begins, the register cannot tell who was there
        self.first_day = _days(registers.first_day, -_EVER)
        self._texts = TextNumbers()
        self._candidates: list[list[Version]] = []
        self.restored: dict[int, str] = {}
        # where there is but one version, all rows of a key get it at once
        self._only = np.empty((0, 5), dtype=np.int32)
        self._several = np.empty(0, dtype=np.bool_)

    @property
    def texts(self) -> list[str]:
        """The keys as the file has them, by number."""
        return self._texts.texts

    def numbers(self, column: pl.Series) -> Numbers:
        """The number of each row's key."""
        numbers = self._texts.numbers(column)
        seen = len(self._candidates)
        if len(self.texts) > seen:
            for number, key in enumerate(self.texts[seen:], start=seen):
                self._candidates.append(self._look_up(number, key))
            # the new ones alone: a file may hold as many keys as rows
            new = [self._row(number) for number in range(seen, len(self.texts))]
            self._only = np.concatenate([self._only, np.array(new, dtype=np.int32)])
            several = [len(found) > 1 for found in self._candidates[seen:]]
            self._several = np.concatenate([self._several, several])
        return numbers

    def _look_up(self, number: int, key: str) -> list[Version]:
        found = self._versions.get(key)
        if found is None and (ags := ags_of_ars(key)) is not None:
            # an ARS of old leads to the AGS in it
            found = self._versions.get(ags)
        if found is None and (longer := candidates_for_lost_zero(key)) is not None:
            found = self._versions.get(longer)
            if found is not None:
                self.restored[number] = longer
        return found or []

    def _row(self, number: int) -> tuple[int, int, int, int, int]:
        found = self._candidates[number]
        if not found:
            return (NO_AREA, 0, 0, -_EVER, _EVER)
        latest = found[-1]
        is_restored = number in self.restored
        return (latest.area_id, latest.is_allowed, is_restored, latest.valid_from, latest.valid_to)

    def places(self, numbers: Numbers, period_end: NDArray[np.int32]) -> Places:
        """The area of each row, from its key's number and the last day of its period."""
        rows = self._only[numbers]
        several = self._several[numbers]
        if several.any():
            rows = rows.copy()
            where = np.flatnonzero(several)
            pairs = np.stack([numbers[where], period_end[where]], axis=1)
            distinct, inverse = np.unique(pairs, axis=0, return_inverse=True)
            found = [_valid_at(self._candidates[number], day) for number, day in distinct.tolist()]
            values = [
                (version.area_id, version.is_allowed, version.valid_from, version.valid_to)
                for version in found
            ]
            columns = np.array([0, 1, 3, 4])
            rows[where[:, None], columns] = np.array(values, dtype=np.int32)[inverse.ravel()]
        return Places(rows[:, 0], rows[:, 1] != 0, rows[:, 2] != 0, rows[:, 3], rows[:, 4])

    def number_by_area(self) -> NDArray[np.int64]:
        """For each area's id the number of the key that means it in this file."""
        highest = max((v.area_id for found in self._candidates for v in found), default=NO_AREA)
        numbers = np.zeros(highest + 1, dtype=np.int64)
        for number, found in enumerate(self._candidates):
            for version in found:
                numbers[version.area_id] = number
        return numbers


def _versions_by_key(areas: pl.DataFrame) -> dict[str, list[Version]]:
    """The versions of each key, the latest one last."""
    found: dict[str, list[Version]] = {}
    ordered = areas.sort("valid_from", nulls_last=False)
    columns = ("area_key", "area_id", "is_allowed", "valid_from", "valid_to")
    for key, area_id, is_allowed, valid_from, valid_to in ordered.select(columns).iter_rows():
        version = Version(area_id, is_allowed, _days(valid_from, -_EVER), _days(valid_to, _EVER))
        found.setdefault(key, []).append(version)
    return found


def _days(day: date | None, otherwise: int) -> int:
    return otherwise if day is None else (day - _EPOCH).days


def _valid_at(versions: list[Version], day: int) -> Version:
    """The version valid on a day, else the latest."""
    for version in reversed(versions):
        if version.valid_from <= day < version.valid_to:
            return version
    return versions[-1]
