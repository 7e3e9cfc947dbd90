"""From an address to what the map shows: choice, order, classes."""

from typing import Any

import pytest
from starlette.datastructures import QueryParams

from web.clients.indicator_types import Classes, Indicator, Observation
from web.pages.map.address import MapAddress
from web.pages.map.choice import choose
from web.pages.map.legend import class_of, make_legend
from web.pages.map.table import sort_observations


def indicator(code: str, *slices: tuple[str, str, int], **values: Any) -> Indicator:
    """An indicator with figures for the given (level, period, areas)."""
    fictional = values.pop("is_fictional", False)
    return Indicator.model_validate(
        {
            "code": code,
            "name": code.title(),
            "unit": "%",
            "periods": [{"code": period, "label": period} for _, period, _ in slices],
            "coverage": [
                {
                    "dataset": "d",
                    "level": level,
                    "period": period,
                    "areas": areas,
                    "is_fictional": fictional,
                }
                for level, period, areas in slices
            ],
            **values,
        }
    )


DENSITY = indicator(
    "dichte",
    ("land", "2022", 1), ("kreis", "2021", 53), ("kreis", "2022", 53), ("gemeinde", "2022", 396),
    kind="density",
)  # fmt: skip
INCOME = indicator("einkommen", ("kreis", "2019", 53))
INVENTED = indicator("quote", ("gemeinde", "2022", 4), ("quartier", "2022", 24), is_fictional=True)
SILENT = indicator("stumm")
ALL = [SILENT, INCOME, INVENTED, DENSITY]


def test_address_reads_and_writes_the_same() -> None:
    text = (
        "/karte?indikator=dichte&zeitraum=2022&ebene=kreis&gebiet=05"
        "&orte=05111&orte=05112&sortierung=wert-ab&seite=2"
    )
    address = MapAddress.read(QueryParams(text.partition("?")[2]))
    assert address.url() == text
    assert address.sort == "wert"
    assert address.is_descending
    assert address.change(level="gemeinde").page == 1


@pytest.mark.parametrize("query", ["", "seite=-1", "seite=abc", "orte=,,", "sortierung=xyz"])
def test_address_takes_nonsense_for_nothing(query: str) -> None:
    assert MapAddress.read(QueryParams(query)) == MapAddress()


def test_no_more_places_than_a_chart_can_tell_apart() -> None:
    address = MapAddress.read(QueryParams("orte=1,2,3,1,4,5,6,7,8"))
    assert address.places == ("1", "2", "3", "4", "5", "6")


def test_map_opens_on_the_indicator_for_the_most_areas() -> None:
    choice = choose(ALL, MapAddress())
    assert choice is not None
    assert (choice.indicator.code, choice.level.code, choice.period.code) == (
        "dichte", "gemeinde", "2022",
    )  # fmt: skip
    assert choice.region == "05"
    assert [level.code for level in choice.levels] == ["kreis", "gemeinde"]
    assert choice.notes == ()


def test_nothing_released_is_no_choice() -> None:
    assert choose([SILENT], MapAddress()) is None


def test_other_figures_than_asked_for_are_said() -> None:
    choice = choose(ALL, MapAddress(indicator="dichte", period="1999", level="quartier"))
    assert choice is not None
    assert (choice.level.code, choice.period.code) == ("gemeinde", "2022")
    assert len(choice.notes) == 2
    unknown = choose(ALL, MapAddress(indicator="stumm"))
    assert unknown is not None
    assert "„stumm“" in unknown.notes[0]


def test_invented_figures_have_a_region_of_their_own() -> None:
    led = choose(ALL, MapAddress(indicator="quote", region="05"))
    assert led is not None
    assert (led.region, led.is_fictional, led.level.code) == ("99001", True, "quartier")
    assert "erfundenen Musterkreis" in led.notes[0]
    back = choose(ALL, MapAddress(indicator="einkommen", region="99001"))
    assert back is not None
    assert (back.region, back.is_fictional) == ("05", False)
    assert back.notes


def observed(area: str, name: str, value: float | None) -> Observation:
    """A figure, or a hidden one."""
    return Observation(
        area=area, name=name, value=value, status="value" if value is not None else "hidden"
    )


def test_order_by_name_follows_german_and_by_value_leaves_signs_last() -> None:
    items = [observed("1", "Zülpich", 2), observed("2", "Übach", None), observed("3", "Unna", 9)]
    by_name = sort_observations(items, MapAddress())
    assert [item.name for item in by_name] == ["Übach", "Unna", "Zülpich"]
    by_value = sort_observations(items, MapAddress(sort="wert", is_descending=True))
    assert [item.name for item in by_value] == ["Unna", "Zülpich", "Übach"]


@pytest.mark.parametrize("breaks", [(0.0, 10.0, 20.0, 30.0), (10.0, 20.0)])
def test_classes_with_and_without_outer_limits(breaks: tuple[float, ...]) -> None:
    classes = Classes(breaks=breaks, counts=(1, 1, 1))
    items = [observed(str(at), "", value) for at, value in enumerate([0.0, 10.0, 30.0])]
    legend = make_legend(classes, [*items, observed("h", "", None)], 0)
    assert [entry.text for entry in legend.classes] == [
        "0 bis unter 10", "10 bis unter 20", "20 bis 30",
    ]  # fmt: skip
    assert (legend.hidden, legend.missing) == (1, 0)
    assert [class_of(item.value, classes) for item in items] == [0, 1, 2]
    assert class_of(None, classes) is None
