"""What stands beneath a number, what a legend says once, how wide columns are."""

from dataclasses import replace

import pytest

from services.report_api.content.blocks import Column, Figure, LegendEntry, Row, Table
from services.report_api.rendering.setting import (
    TEXT_WIDTH_MM,
    column_widths,
    hyphenated_heads,
    set_figure,
    shared_unit,
    without_unit,
)
from tests.report_api.contents import area_table


@pytest.mark.parametrize(
    ("text", "value", "beneath"),
    [
        ("12,4 %", "12,4 %", ""),
        ("43.426\u00a0€", "43.426\u00a0€", ""),
        ("44,3 Jahre", "44,3 Jahre", ""),
        ("1.624 Einwohner je km²", "1.624", "Einwohner je km²"),
        ("-12,5\u00a0je 1.000 Menschen", "-12,5", "je 1.000 Menschen"),
        ("12,1 (vorläufig)", "12,1", "(vorläufig)"),
        ("geheim", "geheim", ""),
        ("zu unsicher für eine Zahl", "zu unsicher für eine Zahl", ""),
        ("", "", ""),
    ],
)
def test_long_units_stand_beneath(text: str, value: str, beneath: str) -> None:
    parts = set_figure(Figure(text, interval="1 bis 2"))
    assert (parts["value"], parts["beneath"], parts["interval"]) == (value, beneath, "1 bis 2")


def legend(*texts: str) -> list[LegendEntry]:
    classes = [LegendEntry(text, 1, at) for at, text in enumerate(texts)]
    return [*classes, LegendEntry("geheim", 2, None, is_hidden=True)]


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        (("130 bis 208 Einwohner je km²", "208 bis 684 Einwohner je km²"), "Einwohner je km²"),
        (("1,0 bis 2,0 %", "2,0 bis 3,0 %"), ""),
        (("1 Mensch je km²", "2 bis 3 Menschen je km²"), ""),
        (("niedrig", "hoch"), ""),
        ((), ""),
    ],
)
def test_a_legend_names_its_unit_once(texts: tuple[str, ...], unit: str) -> None:
    assert shared_unit(legend(*texts)) == unit
    for text in (*texts, "geheim"):
        whole = without_unit(text, unit)
        assert whole in text
        assert not unit or unit not in whole


def test_columns_fit_the_page() -> None:
    for count in range(1, 12):
        columns = (Column("Gebiet"), *(Column("Quote", "%", is_numeric=True) for _ in range(count)))
        rows = (Row("x" * 90, (Figure("1,0"),) * count),)
        widths = column_widths(replace(area_table(), columns=columns, rows=rows))
        assert len(widths) == count + 1
        assert sum(widths) <= TEXT_WIDTH_MM + 0.1
        assert len(set(widths[1:])) == 1


def test_columns_of_words_share_by_what_they_say() -> None:
    columns = (Column("Kennzahl"), Column("Gezählt wird"), Column("Hinweis"))
    rows = (Row("Quote", (Figure("Menschen"), Figure("Ein langer Hinweis. " * 12))),)
    first, second, last = column_widths(Table("", columns, rows, ()))
    assert first == second
    assert 1.5 * first < last < 3 * first
    assert first + second + last == pytest.approx(TEXT_WIDTH_MM, abs=0.1)


def test_a_table_of_heads_alone_takes_the_whole_width() -> None:
    table = Table("", (Column("Jahr"),), (Row("2023", ()),), ())
    assert column_widths(table) == [TEXT_WIDTH_MM]


def test_heads_are_hyphenated_only_where_a_word_does_not_fit() -> None:
    labels = ("Unter 18-Jährige", "Ohne Schulabschluss", "Arbeitslosenanteil", "Quote", "a", "b")
    columns = (Column("Gebiet"), *(Column(label, "%", is_numeric=True) for label in labels))
    rows = (Row("Nachbarschaft am Hafen", (Figure("1,0"),) * 6),)
    table = replace(area_table(), columns=columns, rows=rows)
    assert hyphenated_heads(table) == [False, False, True, True, False, False, False]
