"""Figures from cells, classes of maps, names of places: the pure rules."""

import pytest

from services.report_api.content.classes import breaks_of, class_count, class_of
from services.report_api.content.comparing import difference, is_within_uncertainty, standing
from services.report_api.content.words import joined, number, place, short_name
from services.report_api.figures.rules import (
    Cell,
    Day,
    Figure,
    Formula,
    SliceKey,
    Status,
    best_covered,
    figure_of,
    make_figure,
    meet,
    wilson,
)
from services.report_api.reports.rules import file_name, fold
from services.report_api.snapshots.rules import (
    AreaRecord,
    IndicatorRecord,
    Place,
    scope_of,
)

SHARE = Formula(factor=100, has_denominator=True, is_proportion=True)
COUNT = Formula(factor=1, has_denominator=False, is_proportion=False)


def cell(value: float | None, status: Status = Status.VALUE, quality: int = 0) -> Cell:
    return Cell("d/m//a/2024@public.1", value, status, quality)


def hidden() -> Cell:
    return cell(None, Status.HIDDEN)


def test_wilson_is_that_of_the_textbook() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81/263, 15/148, 0/20, 1/29
    for cases, people, lower, upper in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = wilson(cases, people, 1.0)
        assert found is not None
        assert found == pytest.approx((lower, upper), abs=5e-5)
    assert wilson(3, 2, 1.0) is None
    assert wilson(0, 0, 1.0) is None


@pytest.mark.parametrize("numerator", Status)
@pytest.mark.parametrize("denominator", [*Status, None])
def test_a_rate_is_hidden_where_a_part_is_and_else_missing_as_its_part_is(
    numerator: Status, denominator: Status | None
) -> None:
    def part(status: Status) -> Cell:
        return cell({Status.VALUE: 5.0, Status.NOTHING: 0.0}.get(status), status)

    below = None if denominator is None else part(denominator)
    figure = make_figure(SHARE, "a", "2024", part(numerator), below)
    if Status.HIDDEN in (numerator, denominator):
        assert figure.status is Status.HIDDEN
        assert (figure.numerator, figure.denominator) == (None, None)
    elif not numerator.has_value:
        assert figure.status is numerator
    elif denominator is Status.VALUE:
        assert figure.status is Status.VALUE
        assert figure.value == (100.0 if numerator is Status.VALUE else 0.0)
    elif denominator in (None, Status.NOTHING):
        assert figure.status is Status.NOT_AVAILABLE
    else:
        assert figure.status is denominator
    assert (figure.value is None) == (not figure.status.has_value)
    assert (figure.lower is None) == (figure.value is None)


def test_a_count_is_its_cell_and_nothing_is_zero() -> None:
    assert make_figure(COUNT, "a", "2024", cell(7), None).value == 7
    nothing = make_figure(COUNT, "a", "2024", cell(0.0, Status.NOTHING), None)
    assert (nothing.value, nothing.status) == (0.0, Status.NOTHING)
    final = make_figure(COUNT, "a", "2024", cell(7, quality=16 | 2), None)
    assert final.quality == 2


def test_the_pair_with_both_parts_comes_first() -> None:
    one = SliceKey("eins", "m", "", "2024", "public.1")
    two = SliceKey("zwei", "m", "", "2024", "public.1")
    below = SliceKey("zwei", "n", "", "2024", "public.1")
    cells = {
        item.id: item
        for item in (
            Cell(one.cell_id("a"), 1, Status.VALUE),
            Cell(two.cell_id("a"), 2, Status.VALUE),
            Cell(below.cell_id("a"), 4, Status.VALUE),
        )
    }
    found = figure_of(SHARE, "a", [(one, None), (two, below)], cells)
    assert found is not None
    assert found.value == 50
    assert figure_of(SHARE, "b", [(two, below)], cells) is None
    alone = figure_of(SHARE, "a", [(one, None)], cells)
    assert alone is not None
    assert alone.status is Status.NOT_AVAILABLE


def test_slices_meet_in_the_same_period_or_at_the_nearest_day() -> None:
    above = [Day(0, "2024", 100), Day(1, "2023", 50)]
    below = [Day(0, "2024", 100), Day(1, "2022", 40), Day(2, "2022b", 60)]
    assert meet(above, below, takes_nearest=False) == [(0, 0)]
    assert meet(above, below, takes_nearest=True) == [(0, 0), (1, 1), (1, 2)]
    assert meet(above, [], takes_nearest=True) == []


def test_a_map_shows_the_newest_period_that_covers_most_areas() -> None:
    assert best_covered({"2024": 3, "2023": 4, "2022": 4}) == "2023"
    assert best_covered({"2024": 24, "2023": 26}) == "2024"
    assert best_covered({"2024": 0, "2023": 1}) == "2023"
    assert best_covered({"2024": 0}) is None
    assert best_covered({}) is None


def test_classes_hold_every_value_once() -> None:
    values = [3.0, 1.0, 2.0, 8.0, 5.0, 13.0]
    breaks = breaks_of(values)
    assert breaks == pytest.approx((1, 2, 3, 5, 8, 13))
    assert [class_of(value, breaks) for value in sorted(values)] == [0, 1, 2, 3, 4, 4]
    assert breaks_of([]) == ()
    assert (class_count(breaks_of([4.0, 4.0])), class_of(4.0, breaks_of([4.0]))) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "name", "where"),
    [
        ("gemeinde", "Aachen, Stadt", "in Aachen"),
        ("gemeinde", "Stolberg (Rhld.), Kupferstadt", "in Stolberg (Rhld.)"),
        ("kreis", "Kreis Heinsberg", "im Kreis Heinsberg"),
        ("kreis", "Städteregion Aachen", "in der Städteregion Aachen"),
        ("kreis", "Rhein-Sieg-Kreis", "im Rhein-Sieg-Kreis"),
        ("kreis", "Rhein-Kreis Neuss", "im Rhein-Kreis Neuss"),
        ("kreis", "Märkischer Kreis", "im Märkischen Kreis"),
        ("kreis", "Rheinisch-Bergischer Kreis", "im Rheinisch-Bergischen Kreis"),
        ("kreis", "Hochsauerlandkreis", "im Hochsauerlandkreis"),
        ("kreis", "Musterkreis", "im Musterkreis"),
        ("kreis", "Bonn, kreisfreie Stadt", "in Bonn"),
        ("regierungsbezirk", "Regierungsbezirk Köln", "im Regierungsbezirk Köln"),
        ("land", "Nordrhein-Westfalen", "in Nordrhein-Westfalen"),
        ("quartier", "Am Hafen", "im Quartier Am Hafen"),
    ],
)
def test_places_are_named_as_one_says_them(kind: str, name: str, where: str) -> None:
    assert place(AreaRecord("1", name, kind, False)) == where
    assert "," not in short_name(AreaRecord("1", name, kind, False))


def test_numbers_and_lists_are_german() -> None:
    assert (number(1234.5, 0), number(12.35, 1), number(-0.04, 1)) == ("1.235", "12,4", "0,0")
    assert (joined([]), joined(["a"]), joined(["a", "b", "c"])) == ("", "a", "a, b und c")


def indicator(unit: str = "%", decimals: int = 1) -> IndicatorRecord:
    return IndicatorRecord(
        code="i", version=1, name="I", short_name="I", question="", kind="rate",
        numerator_text="", denominator_text="", unit=unit, factor=100, decimals=decimals,
        polarity="worse", dimension_code="d", dimension_label="D", definition_source="",
        is_checked=True, is_sample=False, note="", has_denominator=True, pairs=(),
    )  # fmt: skip


def figure(value: float, lower: float | None = None, upper: float | None = None) -> Figure:
    return Figure("a", "2024", value, Status.VALUE, 0, None, None, lower, upper, ())


def test_differences_are_said_from_what_is_shown_and_not_beyond_the_uncertainty() -> None:
    share, money = indicator(), indicator("€", 0)
    assert difference(share, 12.16, 10.0) == "2,2\u00a0Prozentpunkte höher als"
    assert difference(share, 10.04, 10.0) == "so hoch wie"
    assert difference(money, 43426, 43310) == "annähernd so hoch wie"
    assert difference(money, 900, 300) == "3,0-mal so hoch wie"
    assert difference(money, 270, 300) == "10\u00a0% niedriger als"
    assert is_within_uncertainty(figure(12, 10, 14), figure(11, 9, 13))
    assert not is_within_uncertainty(figure(12, 11.5, 12.5), figure(11, 10.5, 11.4))
    assert not is_within_uncertainty(figure(12), figure(11))
    words = standing(share, figure(12, 10, 14), figure(11, 9, 13), "im Kreis")
    assert words == "im Rahmen der statistischen Unsicherheit wie im Kreis"


def area(code: str, kind: str) -> AreaRecord:
    return AreaRecord(code, code, kind, False)


ABOVE = (area("053", "regierungsbezirk"), area("05", "land"), area("DG", "bund"))


def test_each_kind_of_place_has_its_comparisons_and_its_map() -> None:
    town = scope_of(Place(area("05370004", "gemeinde"), (area("05370", "kreis"), *ABOVE), {}, 10))
    assert town.comparisons == ("05370", "05")
    assert town.maps == (("05370", "gemeinde"),)
    alone = scope_of(Place(area("05314000", "gemeinde"), (area("05314", "kreis"), *ABOVE), {}, 1))
    assert (alone.subject, alone.comparisons) == (("05314000", "05314"), ("05", "DG"))
    assert alone.maps == (("053", "kreis"),)
    kreis = scope_of(Place(area("05370", "kreis"), ABOVE, {"gemeinde": 10}, 10))
    assert (kreis.comparisons, kreis.maps) == (("05", "DG"), (("05370", "gemeinde"),))
    quarter = scope_of(
        Place(
            area("9900100101", "quartier"),
            (area("99001001", "gemeinde"), area("99001", "kreis")),
            {},
            4,
        )
    )
    assert (quarter.comparisons, quarter.maps) == (
        ("99001001", "99001"),
        (("99001001", "quartier"),),
    )


def test_files_are_named_in_plain_letters() -> None:
    assert file_name("Gemeindeprofil Köln/Süd", "R-1", "pdf") == "Gemeindeprofil-Koeln-Sued-R-1.pdf"
    assert file_name("…", "R-1", "pdf") == "Bericht-R-1.pdf"
    assert fold("Städteregion ÉTÉ Straße") == "stadteregion ete strasse"
