"""Wire types that several parts of identity take in."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from services.consultation_api.identity.area_codes import AREA_CODE_PATTERN

MAXIMUM_AREA_CODES = 500


class Input(BaseModel):
    """A request body; fields it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


def _without_control_characters(value: str) -> str:
    if any(unicodedata.category(character).startswith("C") for character in value):
        raise ValueError("Steuerzeichen sind hier nicht erlaubt.")
    return value


def _without_repeats(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_without_control_characters),
]
# Length alone is capped here: what makes a password good is a rule of accounts.
Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
AreaCode = Annotated[str, StringConstraints(pattern=AREA_CODE_PATTERN)]
AreaCodes = Annotated[list[AreaCode], AfterValidator(_without_repeats)]
