"""What rules find wrong with an input, before it is put into a problem document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: in which field, its stable code, and in words."""

    field: str
    code: str
    detail: str
