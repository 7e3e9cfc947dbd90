"""How figures are read: signs, intervals, ranks, differences."""

from typing import Any

import pytest

from web.clients.indicator_types import Break, Observation
from web.figures import (
    break_in_words,
    derivation_in_words,
    difference,
    figure,
    figure_with_unit,
    interval,
    is_estimated,
    is_fragment,
    is_incomplete,
    may_be_equal,
    ranks,
    signs_used,
    stands_to,
)


def observed(area: str = "05111", **values: Any) -> Observation:
    """An observation with what matters to the test."""
    return Observation.model_validate({"area": area, "name": area, **values})


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"value": 1234.56}, "1.234,6"),
        ({"value": 1234.56, "quality": ["limited"]}, "(1.234,6)"),
        ({"value": 7.0, "quality": ["provisional", "revised"]}, "7,0\u202fvr"),
        ({"value": 0.0, "status": "nothing"}, "–"),
        ({"value": None, "status": "hidden"}, "geheim"),
        ({"value": None, "status": "missing"}, "k.\u00a0A."),
        ({"value": None, "status": "unreliable"}, "unsicher"),
    ],
)
def test_figure_with_its_sign(values: dict[str, Any], text: str) -> None:
    assert figure(observed(**values), 1) == text


def test_a_word_in_place_of_a_number_has_no_unit() -> None:
    assert figure_with_unit(observed(value=12.34), 1, "%") == "12,3\u00a0%"
    assert figure_with_unit(observed(value=None, status="hidden"), 1, "%") == "geheim"
    provisional = observed(value=12.34, quality=["provisional"])
    assert figure_with_unit(provisional, 1, "%") == "12,3\u00a0% (vorläufig)"


def test_interval_needs_both_bounds() -> None:
    assert interval(observed(value=12, lower=11.24, upper=13.06), 1) == "11,2–13,1"
    assert interval(observed(value=12, lower=11.2), 1) == ""


def test_signs_are_explained_once_each() -> None:
    signs = signs_used(
        [
            observed(value=None, status="hidden"),
            observed(value=None, status="hidden"),
            observed(value=None, status="missing"),
            observed(value=None, status="unknown"),
            observed(value=1, quality=["limited"]),
        ]
    )
    assert [sign for sign, _ in signs] == ["geheim", "k.\u00a0A.", "( )"]
    assert "liegt nichts vor; Zahlenwert unbekannt" in dict(signs)["k.\u00a0A."]


def test_ranks_share_places_and_leave_out_what_has_no_value() -> None:
    ranked = ranks(
        [
            observed("a", value=10),
            observed("b", value=30),
            observed("c", value=10),
            observed("d", value=None, status="hidden"),
            observed("e", value=5),
        ]
    )
    assert {code: rank.place for code, rank in ranked.items()} == {"a": 2, "b": 1, "c": 2, "e": 4}
    assert ranked["b"].words == "Rang 1 von 4, Unsicherheit nicht ausgewiesen"
    assert "d" not in ranked


def test_rank_tells_which_places_are_as_likely() -> None:
    ranked = ranks(
        [
            observed("far", value=40, lower=38, upper=42),
            observed("one", value=20, lower=17, upper=23),
            observed("two", value=19, lower=16, upper=22),
            observed("last", value=5, lower=4, upper=6),
        ]
    )
    assert ranked["far"].words == "Rang 1 von 4, auch mit Unsicherheit"
    assert ranked["two"].words == "Rang 3 von 4, wegen der Unsicherheit zwischen 2 und 3"
    assert ranked["one"].text == "2 (2–3)"


@pytest.mark.parametrize(
    ("value", "other", "unit", "words"),
    [
        (12.4, 10.3, "%", "2,1\u00a0Prozentpunkte höher als"),
        (10.3, 12.4, "%", "2,1\u00a0Prozentpunkte niedriger als"),
        (10.32, 10.29, "%", "so hoch wie"),
        (2871.0, 528.0, "Einwohner je km²", "5,4-mal so hoch wie"),
        (450.0, 500.0, "Euro", "10\u00a0% niedriger als"),
        (43426.0, 43310.0, "€", "116,0\u00a0€ höher als"),
        (3.0, 0.0, "Fälle", "3,0\u00a0Fälle höher als"),
    ],
)
def test_difference_in_words(value: float, other: float, unit: str, words: str) -> None:
    assert difference(value, other, 1, unit) == words


def test_derivation_is_said_and_estimates_flagged() -> None:
    sum_ = observed(
        value=12,
        derivation={
            "method": "sum", "parts": 38, "parts_expected": 46,
            "detail": "Summe aus 38 von 46 Gemeinden",
        },
    )  # fmt: skip
    assert derivation_in_words(sum_) == "Summe aus 38 von 46 Gemeinden"
    assert is_incomplete(sum_)
    assert not is_fragment(sum_)
    assert is_fragment(
        observed(value=1, derivation={"method": "sum", "parts": 53, "parts_expected": 400})
    )
    assert not is_estimated(sum_)
    guess = observed(value=12, derivation={"method": "set", "is_estimated": True})
    assert derivation_in_words(guess) == "Aus den Teilen des Gebiets berechnet (Schätzung)"
    assert is_estimated(guess)
    assert derivation_in_words(observed(value=12)) == ""


def test_overlapping_intervals_are_not_surely_different() -> None:
    one, near = observed(value=12, lower=11, upper=13), observed(value=14, lower=12.5, upper=15)
    far = observed(value=20, lower=18, upper=22)
    assert stands_to(one, near, "Nachbar", 1, "%") == "nicht sicher verschieden von Nachbar (14,0)"
    assert stands_to(one, far, "Fern", 1, "%") == "8,0\u00a0Prozentpunkte niedriger als Fern (20,0)"
    assert not may_be_equal(observed(value=1), observed(value=1)), "nothing is known of either"


def test_break_says_what_changed() -> None:
    found = Break.model_validate({"kind": "denominator_basis", "detail": "ab Zensus 2022"})
    assert break_in_words(found) == "Nennerbasis: ab Zensus 2022"
