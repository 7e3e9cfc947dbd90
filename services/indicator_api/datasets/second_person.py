"""Whether one person alone may release: only where the holder says why."""

from services.shared.problems import FieldError, Invalid

_SHORTEST_REASON = 10


def require_reason(is_needed: bool, reason: str) -> None:
    """Raise `Invalid` where releases need no second person and nobody says why."""
    if is_needed or len(reason.strip()) >= _SHORTEST_REASON:
        return
    detail = (
        "Freigaben dieses Datenbestands sollen ohne zweite Person möglich sein. Sagen Sie in "
        "„second_person_reason“, warum eine genügt."
    )
    raise Invalid(
        "second_person_reason_missing",
        detail,
        errors=[FieldError("/second_person_reason", "second_person_reason_missing", detail)],
    )
