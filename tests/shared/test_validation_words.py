"""Faults of form are told in German, whatever Pydantic calls them."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.shared.validation_words import fault_in_words


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["csv", "xlsx", "json"] = "csv"
    share: Annotated[float, Field(gt=0, le=0.5)] = 0.5
    parts: Annotated[list[int], Field(min_length=1)] = [1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "docx"}, "Möglich sind: csv, xlsx, json."),
        ({"share": 0}, "Größer als 0."),
        ({"share": 0.7}, "Höchstens 0,5."),
        ({"parts": []}, "Zu wenige Einträge; nötig: 1."),
        ({"other": 1}, "Diese Angabe kennt der Aufruf nicht."),
    ],
)
def test_a_fault_is_told_in_german(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _Form.model_validate(given)
    assert [fault_in_words(item) for item in caught.value.errors()] == [words]
