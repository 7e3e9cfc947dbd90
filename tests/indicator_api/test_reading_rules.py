"""What is written is what is read: numbers, periods, breakdowns, cursors and names."""

import base64
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicator_api.areas.rules import candidates_for_lost_zero, fold
from services.indicator_api.deliveries.checking.cell_store import COLUMNS, CellStore
from services.indicator_api.deliveries.checking.written_forms import WrittenForms
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.reading.numbers import (
    Form,
    Notation,
    NumberReader,
)
from services.indicator_api.facts.breakdowns import breakdown_code, canonical
from services.indicator_api.periods import rules as periods
from services.indicator_api.periods.rules import Period, parse_period, year_of
from services.shared.paging import decode_cursor, encode_cursor
from services.shared.problems import Invalid

NUMBERS = st.decimals(-(10**9), 10**9, places=None, allow_nan=False, allow_infinity=False).map(
    lambda value: round(value, 6)
)


def read(*texts: str, status: str = "", quality: str = "") -> list[tuple[float | None, str | None]]:
    """Value and problem of each text, read as one file."""
    cells = closely_read([(text, status, quality) for text in texts])
    return [(value, problem) for value, _, _, problem in cells]


def closely_read(
    texts: list[tuple[str, str, str]],
) -> list[tuple[float | None, int, int, str | None]]:
    """Value, status, quality and problem of each value, sign and quality mark: of one file."""
    columns = ("value_raw", "status_raw", "quality_raw")
    batch = pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String), orient="row")
    batch = batch.with_row_index("row")
    reader = NumberReader()
    values = reader.read(batch)
    store = CellStore()
    places = np.zeros(batch.height, dtype=np.int32)
    store.append(
        dict.fromkeys(COLUMNS, places)
        | {
            "row": batch["row"].to_numpy(),
            "form": values["form"].to_numpy(),
            "value": values["value"].fill_null(float("nan")).to_numpy(),
        }
    )
    forms = WrittenForms()
    forms.note(batch, values["form"].to_numpy())
    findings = FindingList()
    forms.settle(store, reader.notation(), findings, "value")
    found = {finding.row: finding.code for finding in findings.items}
    told = zip(values["status"], values["quality"], values["problem"], strict=True)
    return [
        (None if np.isnan(value) else float(value), status, marks, problem or found.get(row))
        for row, (value, (status, marks, problem)) in enumerate(
            zip(store["value"], told, strict=True)
        )
    ]


def german(value: object, *, grouped: bool) -> str:
    """As German files write it: `1.234,5` or `1234,5`."""
    text = format(value, ",f" if grouped else "f")
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


@given(values=st.lists(NUMBERS, min_size=1, max_size=20), grouped=st.booleans())
def test_german_numbers_are_read_as_they_were_written(values: list[object], grouped: bool) -> None:
    written = [german(value, grouped=grouped) for value in values]
    # one value whose notation is beyond doubt settles the others
    found = read("0,5", *written)
    assert found[1:] == [(float(str(value)), None) for value in values]


@given(values=st.lists(NUMBERS, min_size=1, max_size=20))
def test_english_numbers_are_read_as_they_were_written(values: list[object]) -> None:
    found = read("0.5", *(format(value, "f") for value in values))
    assert found[1:] == [(float(str(value)), None) for value in values]


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_need_no_notation(value: int) -> None:
    assert read(str(value)) == [(float(value), None)]


@given(st.text(max_size=12))
def test_a_text_is_read_as_a_number_a_sign_or_a_problem_and_never_fails(text: str) -> None:
    ((value, problem),) = read(text)
    if problem is not None:
        assert problem in ("number_invalid", "number_ambiguous", "value_missing")
    elif value is not None:
        assert value == value
        assert abs(value) != float("inf")


@pytest.mark.parametrize("ambiguous", ["1.234", "12.345", "-999.999"])
def test_a_point_before_three_digits_is_settled_by_other_values_or_asked_about(
    ambiguous: str,
) -> None:
    plain = float(ambiguous)
    assert read(ambiguous)[0][1] == "number_ambiguous"
    assert read(ambiguous, "7")[0][1] == "number_ambiguous"
    assert read(ambiguous, "1.5")[0] == (plain, None)
    for german_value in ("1,5", "1.000.000"):
        value, problem = read(ambiguous, german_value)[0]
        assert (value, problem) == (round(plain * 1000), None)
    # two that contradict each other settle nothing
    assert read(ambiguous, "1,5", "1.5")[0][1] is not None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1 000", 1000.0),
        ("12\u00a0345\u00a0678", 12345678.0),
        ("1\u202f234,5", 1234.5),
        ("-1\u2009234", -1234.0),
        ("(1 234)", 1234.0),
        ("1 234.5", 1234.5),
    ],
)
def test_spaces_that_group_digits_mean_nothing_else(written: str, value: float) -> None:
    assert read(written) == [(value, None)]


@pytest.mark.parametrize("written", ["1 00", "1 0000", "01 000", "1  000", "1 000 00", "1 2345"])
def test_other_spaces_are_in_no_number(written: str) -> None:
    assert read(written) == [(None, "number_invalid")]


def test_a_notation_that_a_later_batch_tells_settles_the_earlier_ones() -> None:
    def batch(*texts: str) -> pl.DataFrame:
        return pl.DataFrame({"value_raw": texts, "status_raw": "", "quality_raw": ""})

    reader = NumberReader()
    first = reader.read(batch("7", "1.234", "-", "1.5"))
    assert first["form"].to_list() == [Form.SETTLED, Form.OPEN, Form.SETTLED, Form.POINT]
    assert first["value"].to_list() == [7.0, 1.234, 0.0, 1.5]
    assert first["problem"].null_count() == 4
    assert reader.notation() == Notation(point_is_decimal=True, is_certain=True)
    reader.read(batch("1.234.567"))
    assert reader.notation() == Notation(point_is_decimal=False, is_certain=False)


SIGNS = {"-": (0.0, 1), ".": (None, 2), "/": (None, 3), "x": (None, 4), "...": (None, 5)}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_in_the_place_of_the_value_or_beside_it_is_kept(sign: str) -> None:
    for value, status in ((sign, ""), ("", sign), (sign, sign)):
        assert closely_read([(value, status, "")]) == [(*SIGNS[sign], 0, None)]


def test_brackets_and_letters_mark_the_quality() -> None:
    texts = [("(12)", "", ""), ("12", "", "()"), ("12", "", "e"), ("(1,5)", "", "p")]
    found = [(value, quality) for value, _, quality, _ in closely_read(texts)]
    assert found == [(12.0, 1), (12.0, 1), (12.0, 16), (1.5, 3)]


DAYS = st.dates(date(1800, 1, 1), date(2199, 12, 31))
YEARS = st.integers(1800, 2199)
PERIODS = st.one_of(
    YEARS.map(periods.year),
    DAYS.map(periods.day),
    st.builds(periods.quarter, YEARS, st.integers(1, 4)),
    st.builds(periods.half_year, YEARS, st.integers(1, 2)),
    st.builds(periods.month, YEARS, st.integers(1, 12)),
    YEARS.map(periods.school_year),
)


@given(PERIODS)
def test_a_periods_code_names_it(period: Period) -> None:
    assert parse_period(period.code) == period
    assert parse_period(f"  {period.code} ") == period
    assert period.start_on <= period.end_on


@given(PERIODS)
def test_a_periods_id_lies_in_the_range_of_its_year(period: Period) -> None:
    assert year_of(period.id) == period.start_on.year
    assert period.id < 2**31


@given(PERIODS, PERIODS)
def test_ids_of_a_kind_sort_by_time_and_no_two_periods_share_one(one: Period, two: Period) -> None:
    assert (one.id == two.id) == (one == two)
    if one.kind == two.kind:
        assert (one.id < two.id) == (one.start_on < two.start_on)


@given(DAYS)
def test_german_and_iso_days_are_the_same(day: date) -> None:
    assert parse_period(f"{day:%d.%m.}{day.year:04}") == parse_period(day.isoformat())
    assert parse_period(f"{day.day}.{day.month}.{day.year}") == periods.day(day)


@given(st.text(max_size=12))
def test_what_names_no_period_is_none_and_never_fails(text: str) -> None:
    period = parse_period(text)
    assert period is None or parse_period(period.code) == period


@pytest.mark.parametrize(
    "text", ["2022-H3", "2022-Q5", "2022/22", "2022/24", "1799", "2201", "0", "2022-00", "2022-1"]
)
def test_periods_that_do_not_exist_are_none(text: str) -> None:
    assert parse_period(text) is None


CODES = st.text(st.characters(codec="utf-8", exclude_characters="|=\x00", exclude_categories=["Z", "C"]), min_size=1, max_size=6)  # fmt: skip  # noqa: E501


@given(st.dictionaries(CODES, CODES, max_size=4), st.randoms(use_true_random=False))
def test_a_breakdown_is_the_same_in_whatever_order_it_is_written(
    parts: dict[str, str], chance: "st.DrawFn"
) -> None:
    pairs = list(parts.items())
    expected = breakdown_code(pairs)
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    written = " | ".join(f" {variable} = {value} " for variable, value in pairs)
    assert canonical(written) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize("text", ["GES", "=M", "GES=", "GES=M|", "GES=M|GES=W", "|"])
def test_a_malformed_breakdown_is_none(text: str) -> None:
    assert canonical(text) is None


KEYS = st.tuples(st.text(st.characters(exclude_characters="\x00", codec="utf-8")), st.integers(-(2**63), 2**63 - 1))  # fmt: skip  # noqa: E501


@given(KEYS)
def test_a_cursor_holds_its_key(key: tuple[str, int]) -> None:
    assert decode_cursor(encode_cursor(*key), str, int) == list(key)


def test_a_cursor_holds_times_and_ids() -> None:
    key = (datetime(2026, 1, 2, 3, 4, 5, 678, UTC), UUID(int=7))
    assert decode_cursor(encode_cursor(*key), datetime, UUID) == list(key)


@given(st.text(max_size=30))
def test_what_is_no_cursor_is_refused_and_never_fails(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor(text + "!", str, int)
    assert refused.value.code == "cursor_invalid"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    )
)
def test_a_cursor_of_other_types_is_refused(key: object) -> None:
    try:
        encoded = base64.urlsafe_b64encode(orjson.dumps(key)).decode()
    except (orjson.JSONEncodeError, TypeError):
        return
    is_one = isinstance(key, list) and len(key) == 2 and isinstance(key[0], str)
    if is_one and type(key[1]) is int:  # type: ignore[index]
        return
    with pytest.raises(Invalid):
        decode_cursor(encoded, str, int)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Köln", "Koeln"),
        ("KÖLN", "köln"),
        ("Ko\u0308ln", "Köln"),
        ("Düsseldorf, Stadt", "Duesseldorf Stadt"),
        ("Bad Salzuflen", "bad-salzuflen"),
        ("Straße", "Strasse"),
        ("  Wesel  ", "Wesel"),
    ],
)
def test_names_that_are_meant_alike_fold_alike(one: str, two: str) -> None:
    assert fold(one) == fold(two)


@given(st.text(max_size=20))
def test_a_folded_name_holds_only_what_a_search_can_compare(name: str) -> None:
    folded = fold(name)
    assert folded == folded.strip()
    assert set(folded) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@pytest.mark.parametrize(
    ("key", "longer"),
    [
        ("5", "05"),
        ("51", "051"),
        ("5111", "05111"),
        ("5111000", "05111000"),
        ("51110000000", "051110000000"),
        ("05111", None),
        ("05111000", None),
        ("511100", None),
        ("DG", None),
        ("", None),
    ],
)
def test_a_key_one_digit_short_has_lost_its_zero(key: str, longer: str | None) -> None:
    assert candidates_for_lost_zero(key) == longer
