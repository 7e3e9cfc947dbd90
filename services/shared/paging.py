"""Keyset paging: an opaque cursor that holds the sort key of the last item."""

import base64
import binascii
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query, Request
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from services.shared.problems import FieldError, Invalid

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 500

Item = TypeVar("Item")
BigInteger = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class Reason(BaseModel):
    """Why a list is empty, and what would find something."""

    code: str
    detail: str
    suggestion: str | None = None


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next` is the cursor of the following part, or null at the end."""

    items: list[Item]
    next: str | None = None
    reason: Reason | None = None


Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT, description="Einträge je Seite")]
Cursor = Annotated[str | None, Query(description="Zeiger aus `next` der vorigen Seite")]


def encode_cursor(*key: Any) -> str:
    """The cursor for the item with this sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


@cache
def _key_of(kinds: tuple[type, ...]) -> TypeAdapter[tuple[Any, ...]]:
    bounded = (BigInteger if kind is int else kind for kind in kinds)
    return TypeAdapter(tuple[*bounded])  # type: ignore[valid-type]


def decode_cursor(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The sort key in a cursor, or None without one; raises `Invalid` if it is none of ours.

    `kinds` are the types of the key's parts: str, int, datetime, UUID.
    """
    if cursor is None:
        return None
    try:
        encoded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = _key_of(kinds).validate_json(encoded, strict=True)
    except (binascii.Error, ValueError):
        key = None
    if key is None or any(isinstance(part, str) and "\x00" in part for part in key):
        detail = "Dieser Zeiger stammt nicht aus einer Antwort dieses Dienstes."
        raise Invalid("cursor_invalid", detail, errors=[FieldError("cursor", "invalid", detail)])
    return list(key)


def cut(rows: Sequence[Item], limit: int) -> tuple[list[Item], bool]:
    """The first `limit` of `limit + 1` fetched rows, and whether there are more."""
    return list(rows[:limit]), len(rows) > limit


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Add `Link: rel="next"` (RFC 8288) where a next page exists."""
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
