"""Measures on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

CatalogueCode = Annotated[
    str, Field(min_length=2, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
]


class MeasureWrite(BaseModel):
    """A measure to register. `universe` says whom or what it counts."""

    model_config = ConfigDict(extra="forbid")

    code: CatalogueCode
    name: Annotated[str, Field(min_length=1, max_length=200)]
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    kind: Literal["count", "amount", "rate"]
    universe: str = ""
    description: str = ""
    is_sensitive: bool = False
    source_codes: list[CatalogueCode] = []


class MeasureRead(MeasureWrite):
    """A registered measure."""
