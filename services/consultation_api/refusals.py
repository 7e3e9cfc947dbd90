"""Problems that several parts of advice raise."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.shared.problems import Conflict, FieldError, Invalid


def invalid(field: str, code: str, detail: str) -> Invalid:
    """A 422 for one field."""
    return Invalid(code, detail, errors=[FieldError(f"/{field}", code, detail)])


def state_change_forbidden(
    detail: str, present: str, wanted: str, allowed: Sequence[str], labels: Mapping[str, str]
) -> Conflict:
    """A 409 for a change of state that is not allowed; it names those that are."""
    extra: dict[str, Any] = {
        "from": present,
        "to": wanted,
        "allowed": [{"code": code, "label": labels[code]} for code in allowed],
    }
    return Conflict("state_change_forbidden", detail, **extra)


def in_words(allowed: Sequence[str], labels: Mapping[str, str]) -> str:
    """What can be reached, as the end of a sentence."""
    names = ", ".join(f"„{labels[code]}“" for code in allowed)
    return f"Von hier aus möglich: {names or 'nichts mehr'}."
