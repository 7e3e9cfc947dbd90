"""The page that changes one record; a stale change shows both versions side by side.

The version of the other stands beside the form, one's own stays in it: saving again starts from
the newer version, so nothing anybody wrote is lost unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from starlette.responses import Response

from web.clients.advice_types import Case
from web.format import day
from web.pages.advice import words
from web.pages.advice.overview import shared_words
from web.pages.advice.sending import STALE, Given
from web.replies import render
from web.visit import Visit

FieldKind = Literal["text", "textarea", "date", "select", "radios", "checkboxes", "hidden"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form; `options` are (code, label) or (code, label, hint)."""

    kind: FieldKind
    name: str
    label: str
    options: Sequence[tuple[str, ...]] = ()
    hint: str | None = None
    is_optional: bool = False
    rows: int = 4
    empty_label: str | None = None

    def words(self, value: str) -> str:
        """A value as a person reads it."""
        if self.kind == "date":
            return day(value) if _is_day(value) else value
        labels = {code: label for code, label, *_ in self.options}
        if self.kind == "checkboxes":
            return ", ".join(labels.get(code, code) for code in value.split())
        return labels.get(value, value)


@dataclass(frozen=True, slots=True)
class Edit:
    """What is changed: `address` behind that of the case, `anchor` where one comes from."""

    title: str
    address: str
    fields: tuple[Field, ...]
    etag: str
    changed_at: datetime | None = None
    anchor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in both versions, in words."""

    label: str
    theirs: str
    mine: str

    @property
    def is_equal(self) -> bool:
        """Whether both versions say the same."""
        return self.theirs == self.mine


def is_saved_already(given: Given, theirs: Mapping[str, str]) -> bool:
    """Whether what is stored is what was given: a form sent twice is done."""
    return all(given.text(name) == value for name, value in theirs.items())


def show_edit(
    visit: Visit,
    case: Case,
    edit: Edit,
    given: Given,
    *,
    theirs: Mapping[str, str] | None = None,
) -> Response:
    """The form with what was `given`; `theirs` is what is stored now, when the change is stale."""
    path = words.case_path(case.id)
    context = {
        "title": edit.title,
        "crumbs": [("Beratung", words.LIST_PATH), (case.title, path)],
        "case": case,
        "edit": edit,
        "given": given,
        "errors": given.errors,
        "has_error": bool(given.errors) or theirs is not None,
        "is_stale": theirs is not None,
        "differences": _differences(edit, given, theirs or {}),
        "path": path,
        **shared_words(),
    }
    status = STALE if theirs is not None else (422 if given.errors else 200)
    return render(visit, "pages/advice/edit.html", context, status=status)


def _differences(edit: Edit, given: Given, theirs: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(
            field.label, field.words(theirs[field.name]), field.words(given.text(field.name))
        )
        for field in edit.fields
        if field.name in theirs and field.kind != "hidden"
    )


def _is_day(value: str) -> bool:
    return len(value) == 10 and value[:4].isdecimal()
