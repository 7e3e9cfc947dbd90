"""Periods: kind + start + end, their codes, labels and ids; no input or output."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

PeriodKind = Literal["year", "half_year", "quarter", "month", "day", "school_year", "span"]
_KIND_NUMBERS: dict[PeriodKind, int] = {
    "year": 0,
    "half_year": 1,
    "quarter": 2,
    "month": 3,
    "day": 4,
    "school_year": 5,
    "span": 6,
}
_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
    "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1800, 2200

_YEAR = re.compile(r"(\d{4})")
_PART = re.compile(r"(\d{4})-?(Q|H)([1-4])", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SCHOOL_YEAR = re.compile(r"(\d{4})/(\d{2}|\d{4})")


@dataclass(frozen=True, slots=True)
class Period:
    """A period of time a figure stands for.

    `id` = year * 10000 + kind * 1000 + number within the year: ids sort by time within a kind,
    and a year is one range of ids, by which facts are partitioned.
    """

    id: int
    code: str
    kind: PeriodKind
    start_on: date
    end_on: date
    label: str


def _period(kind: PeriodKind, number: int, code: str, start: date, end: date, label: str) -> Period:
    identifier = start.year * 10_000 + _KIND_NUMBERS[kind] * 1_000 + number
    return Period(identifier, code, kind, start, end, label)


def year(value: int) -> Period:
    """A calendar year."""
    return _period("year", 0, f"{value}", date(value, 1, 1), date(value, 12, 31), f"{value}")


def day(value: date) -> Period:
    """A single day (Stichtag)."""
    number = value.timetuple().tm_yday
    return _period("day", number, value.isoformat(), value, value, f"{value:%d.%m.%Y}")


def quarter(in_year: int, number: int) -> Period:
    """A quarter, 1 to 4."""
    return _part("quarter", in_year, number, 3, f"{in_year}-Q{number}", "Quartal")


def half_year(in_year: int, number: int) -> Period:
    """A half year, 1 or 2."""
    return _part("half_year", in_year, number, 6, f"{in_year}-H{number}", "Halbjahr")


def _part(kind: PeriodKind, in_year: int, number: int, months: int, code: str, word: str) -> Period:
    last = number * months
    start = date(in_year, last - months + 1, 1)
    end = date(in_year, last, monthrange(in_year, last)[1])
    return _period(kind, number, code, start, end, f"{number}. {word} {in_year}")


def month(in_year: int, number: int) -> Period:
    """A month, 1 to 12."""
    end = date(in_year, number, monthrange(in_year, number)[1])
    code = f"{in_year}-{number:02}"
    label = f"{_MONTHS[number - 1]} {in_year}"
    return _period("month", number, code, date(in_year, number, 1), end, label)


def school_year(first: int) -> Period:
    """A school year, from 1 August to 31 July (§ 7 SchulG NRW)."""
    code = f"{first}/{(first + 1) % 100:02}"
    return _period(
        "school_year", 0, code, date(first, 8, 1), date(first + 1, 7, 31), f"Schuljahr {code}"
    )


def parse_period(raw: str) -> Period | None:
    """The period that a text names, or None if it names none.

    Understood: `2022`, `2022-Q3`, `2022-H1`, `2022-07`, `2022-12-31`, `31.12.2022`, `2022/23`.
    """
    raw = raw.strip()
    try:
        period = _parse(raw)
    except ValueError:
        return None
    if period is None or not FIRST_YEAR <= period.start_on.year <= LAST_YEAR:
        return None
    return period


def _parse(raw: str) -> Period | None:
    if match := _YEAR.fullmatch(raw):
        return year(int(match[1]))
    if match := _PART.fullmatch(raw):
        number = int(match[3])
        if match[2].upper() == "Q":
            return quarter(int(match[1]), number)
        return half_year(int(match[1]), number) if number <= 2 else None
    if match := _MONTH.fullmatch(raw):
        return month(int(match[1]), int(match[2]))
    if match := _ISO_DAY.fullmatch(raw):
        return day(date(int(match[1]), int(match[2]), int(match[3])))
    if match := _GERMAN_DAY.fullmatch(raw):
        return day(date(int(match[3]), int(match[2]), int(match[1])))
    if match := _SCHOOL_YEAR.fullmatch(raw):
        first, second = int(match[1]), int(match[2]) % 100
        return school_year(first) if (first + 1) % 100 == second else None
    return None


def year_of(period_id: int) -> int:
    """The year in which a period begins, from its id."""
    return period_id // 10_000
