"""What indicator_api answers about mappings: how a table of any shape is read."""

from datetime import datetime
from typing import Any

from pydantic import Field, field_validator

from web.clients.indicator_types import Record


class RawTable(Record):
    """A table as it stands in the file; columns are named by `names`."""

    header: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str | None = None


class Question(Record):
    """What a proposal could not know, at the field of the document that answers it."""

    field: str = ""
    detail: str = ""


class Preview(Record):
    """The first rows as they will be understood."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class MappedTable(Record):
    """A table beside the mapping it is read by; `mapping` is a document, see indicator_api."""

    table: RawTable = RawTable()
    mapping: dict[str, Any] | None = None
    proposal: dict[str, Any] | None = None
    is_complete: bool = False
    questions: tuple[Question, ...] = ()
    preview: Preview | None = None

    @field_validator("preview", mode="before")
    @classmethod
    def _as_preview(cls, value: Any) -> Any:
        """Rows may come as records or beside their columns."""
        if isinstance(value, list):
            if not value or not isinstance(value[0], dict):
                return {"rows": value}
            columns = list(value[0])
            rows = [
                ["" if row.get(name) is None else str(row[name]) for name in columns]
                for row in value
            ]
            return {"columns": columns, "rows": rows}
        return value


class SavedMapping(Record):
    """A mapping kept under a name; `etag` is needed to change it."""

    id: str
    name: str
    document: dict[str, Any] = Field(default_factory=dict)
    changed_at: datetime | None = None
    created_at: datetime | None = None
    changed_by: str | None = None
    etag: str | None = None
