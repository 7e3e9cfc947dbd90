"""Reading submitted forms."""

from starlette.datastructures import FormData


def field_text(form: FormData, name: str, *, strips: bool = True) -> str:
    """The text of a field; empty when it is absent or a file."""
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    return value.strip() if strips else value


def field_texts(form: FormData, name: str) -> list[str]:
    """All texts sent under one name (checkboxes)."""
    return [value for value in form.getlist(name) if isinstance(value, str)]
