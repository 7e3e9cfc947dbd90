"""What indicator_api answers about mappings: how a table of any shape is read."""

from datetime import datetime
from typing import Any

from pydantic import Field

from web.clients.indicator_types import Record


class RawTable(Record):
    """A table as it stands in the file; columns are named by `names`."""

    header: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    header_rows: int = 1
    skip_rows: int = 0


class Question(Record):
    """What a proposal could not know, at the field of the document that answers it."""

    field: str = ""
    detail: str = ""


class Preview(Record):
    """The first rows as they will be understood."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Understanding(Record):
    """What a mapping makes of a table, and what it leaves open."""

    is_complete: bool = False
    questions: tuple[Question, ...] = ()
    preview: Preview = Preview()


class MappedTable(Understanding):
    """A table beside the mapping it is read by; both are documents, see indicator_api.

    `mapping` is None until one is in force.
    """

    table: RawTable = RawTable()
    mapping: dict[str, Any] | None = None
    mapping_name: str | None = None
    proposal: dict[str, Any] = Field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """What the form begins with: the mapping in force, else the proposal."""
        return self.mapping or self.proposal


class SavedMapping(Record):
    """A mapping kept under a name; `etag` is needed to change it."""

    id: str
    name: str
    document: dict[str, Any] = Field(default_factory=dict)
    changed_at: datetime | None = None
    created_at: datetime | None = None
    changed_by: str | None = None
    etag: str | None = None
