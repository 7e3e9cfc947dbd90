"""Reading the sort keys in cursors back into their types."""

from uuid import UUID

from services.shared.paging import decode_cursor
from services.shared.problems import FieldError, Invalid


def name_and_id(cursor: str | None) -> tuple[str, UUID] | None:
    """The (name, id) in a cursor, or None without one; raises `Invalid` if it is none of ours."""
    key = decode_cursor(cursor, str, str)
    if key is None:
        return None
    name, text = key
    return name, _id(text)


def newest_before(cursor: str | None) -> UUID | None:
    """The id in a cursor, or None without one; raises `Invalid` if it is none of ours."""
    key = decode_cursor(cursor, str)
    return None if key is None else _id(key[0])


def _id(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise _invalid() from None


def _invalid() -> Invalid:
    detail = "Dieser Zeiger stammt nicht aus einer Antwort dieses Dienstes."
    return Invalid("cursor_invalid", detail, errors=[FieldError("cursor", "invalid", detail)])
