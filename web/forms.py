"""Reading submitted forms, and showing a service's refusal beside their fields."""

from collections.abc import Collection

from starlette.datastructures import FormData

from web.clients.base import ServiceProblem

_SHOWN_IN_FORM = frozenset({400, 409, 412, 413, 415, 422, 429})


def field_text(form: FormData, name: str, *, strips: bool = True) -> str:
    """The text of a field; empty when it is absent or a file."""
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    return value.strip() if strips else value


def field_texts(form: FormData, name: str) -> list[str]:
    """All texts sent under one name (checkboxes)."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def form_errors(problem: ServiceProblem, fields: Collection[str]) -> dict[str, str]:
    """Messages by field for the error summary; "" holds what belongs to none of `fields`.

    Raises `problem` again when it is not about the input.
    """
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    named = problem.errors_by_field()
    errors = {name: text for name, text in named.items() if name in fields}
    rest = [text for name, text in named.items() if name not in fields]
    if not errors or rest:
        errors[""] = " ".join(rest) or problem.detail or problem.title
    return errors
