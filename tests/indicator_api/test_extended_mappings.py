"""Saved mappings for tables that grow to the right, a year at a time."""

from typing import Any

import pytest

from services.indicator_api.deliveries.mapping.document import Mapping
from services.indicator_api.deliveries.mapping.extending import extend

AREA: dict[str, Any] = {"area": {"column": "Ort"}, "measure": {"fixed": "ew"}}
MEN = {"GES": "GESM"}
BY_YEAR = Mapping.model_validate(
    AREA
    | {
        "values": [
            {"column": "2022 / insgesamt", "period": "2022", "status": {"column": "2022 / Z"}},
            {"column": "2022 / männlich", "period": "2022", "breakdown": MEN},
        ],
        "left_out": ["Nr.", "2022 / Rang"],
    }
)
KNOWN = ["Nr.", "Ort", "2022 / insgesamt", "2022 / Z", "2022 / männlich", "2022 / Rang"]
YEAR = ["2023 / insgesamt", "2023 / Z", "2023 / männlich", "2023 / Rang"]


def test_a_further_year_is_read_as_the_one_before() -> None:
    """Breakdown and column of signs go with it; what was left out is left out again."""
    extended = extend(BY_YEAR, [*KNOWN, *YEAR])
    assert extended is not None
    assert extended.periods == ("2023",)
    assert extended.columns == ("2023 / insgesamt", "2023 / männlich")
    document = extended.mapping.model_dump(exclude_defaults=True)
    assert document["values"][2:] == [
        {
            "column": "2023 / insgesamt",
            "period": "2023",
            "status": {"column": "2023 / Z"},
        },
        {"column": "2023 / männlich", "period": "2023", "breakdown": MEN},
    ]
    assert document["left_out"] == ["Nr.", "2022 / Rang", "2023 / Rang"]
    assert document["area"] == {"column": "Ort"}


def test_the_first_year_was_that_of_the_table() -> None:
    """With two of them each column says its own."""
    one = AREA | {"period": {"fixed": "2022-12-31"}, "values": [{"column": "EW 31.12.2022"}]}
    extended = extend(Mapping.model_validate(one), ["Ort", "EW 31.12.2022", "EW 31.12.2023"])
    assert extended is not None
    assert extended.mapping.period is None
    assert [item.period for item in extended.mapping.values] == ["2022-12-31", "2023-12-31"]


@pytest.mark.parametrize(
    "names",
    [
        KNOWN,
        [*KNOWN, "Bemerkung"],
        [*KNOWN, *YEAR, "Bemerkung"],
        [*KNOWN, "2023 / weiblich"],
        [*KNOWN, "2023 / Rang"],
        [*KNOWN[:1], *KNOWN[2:], *YEAR],
        [*KNOWN, "2023 / Z"],
    ],
)
def test_anything_else_is_another_table(names: list[str]) -> None:
    """The same columns, a column of another kind, one that is gone."""
    assert extend(BY_YEAR, names) is None


def test_a_year_in_a_column_is_no_year_of_the_head() -> None:
    """Where rows name the period, further columns say something else."""
    long = AREA | {"period": {"column": "Jahr"}, "values": [{"column": "Stand 2022"}]}
    assert extend(Mapping.model_validate(long), ["Ort", "Jahr", "Stand 2022", "Stand 2023"]) is None
