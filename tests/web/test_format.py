"""German numbers, dates and figures."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from web import format as german

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (1234, 0, "1.234"),
        (1234567.5, 0, "1.234.568"),
        (0.5, 0, "1"),
        (-0.5, 0, "-1"),
        (-0.04, 1, "0,0"),
        (12.35, 1, "12,4"),
        (Decimal("12.25"), 1, "12,3"),
        (0, 1, "0,0"),
        (None, 1, f"k.{NBSP}A."),
    ],
)
def test_numbers_round_half_away_from_zero(value: float | None, decimals: int, shown: str) -> None:
    assert german.number(value, decimals) == shown


def test_units_are_never_broken_off() -> None:
    assert german.with_unit(12.44, "%", 1) == f"12,4{NBSP}%"
    assert german.with_unit(1234, "Euro") == f"1.234{NBSP}Euro"
    assert german.with_unit(None, "Euro") == german.MISSING


def test_every_status_word_differs_between_hidden_missing_and_nothing() -> None:
    words = {german.STATUS_WORDS[status].short for status in ("hidden", "missing", "nothing")}
    assert len(words) == 3


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "keine Lieferungen"), (1, f"1{NBSP}Lieferung"), (1200, f"1.200{NBSP}Lieferungen")],
)
def test_counting(amount: int, shown: str) -> None:
    assert german.count(amount, "Lieferung", "Lieferungen") == shown


def test_times_are_shown_for_berlin() -> None:
    summer = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert german.moment(summer) == f"01.07.2026, 00:30{NBSP}Uhr"
    assert german.day(summer) == "01.07.2026"
    assert german.moment("2026-12-01T09:05:00Z") == f"01.12.2026, 10:05{NBSP}Uhr"
    assert german.day(date(2026, 3, 1), is_long=True) == "1. März 2026"
    assert german.moment(None) == "–"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("2023", "2023"),
        ("2023-Q2", "2. Quartal 2023"),
        ("2023-06", "Juni 2023"),
        ("2023-12-31", "31.12.2023"),
        ("2020/2023", "2020 bis 2023"),
        ("2023-13", "2023-13"),
        (None, "–"),
    ],
)
def test_periods(code: str | None, shown: str) -> None:
    assert german.period(code) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(812, "812 Byte"), (1500, "1,5 kB"), (268_435_456, "268 MB"), (3_000_000_000, "3,0 GB")],
)
def test_file_sizes(size: int, shown: str) -> None:
    assert german.file_size(size) == shown.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("text", "page"), [("3", 3), ("", 1), ("0", 1), ("-2", 1), ("zwei", 1), ("9" * 5000, 1)]
)
def test_what_is_no_page_is_the_first(text: str, page: int) -> None:
    assert german.page_number(text) == page
