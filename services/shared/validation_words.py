"""What is wrong with a value, in German: for the faults that Pydantic names by a type."""

from collections.abc import Mapping
from typing import Any

_DETAILS = {
    "missing": "Diese Angabe fehlt.",
    "extra_forbidden": "Diese Angabe kennt der Aufruf nicht.",
    "string_too_short": "Mindestens {min_length} Zeichen.",
    "string_too_long": "Höchstens {max_length} Zeichen.",
    "string_pattern_mismatch": "Die Schreibweise passt nicht (Muster {pattern}).",
    "string_type": "Hier wird Text erwartet.",
    "int_parsing": "Hier wird eine ganze Zahl erwartet.",
    "float_parsing": "Hier wird eine Zahl erwartet.",
    "finite_number": "Hier wird eine endliche Zahl erwartet.",
    "int_type": "Hier wird eine ganze Zahl erwartet.",
    "int_from_float": "Hier wird eine ganze Zahl erwartet.",
    "float_type": "Hier wird eine Zahl erwartet.",
    "bool_type": "Hier wird „true“ oder „false“ erwartet.",
    "dict_type": "Hier wird ein JSON-Objekt erwartet.",
    "string_unicode": "Der Text enthält ungültige Zeichen.",
    "less_than": "Kleiner als {lt}.",
    "bool_parsing": "Hier wird „true“ oder „false“ erwartet.",
    "uuid_parsing": "Hier wird eine UUID erwartet.",
    "date_from_datetime_parsing": "Hier wird ein Datum erwartet (JJJJ-MM-TT).",
    "date_parsing": "Hier wird ein Datum erwartet (JJJJ-MM-TT).",
    "datetime_parsing": "Hier wird ein Zeitpunkt erwartet (ISO 8601, mit Zeitzone).",
    "greater_than_equal": "Mindestens {ge}.",
    "less_than_equal": "Höchstens {le}.",
    "greater_than": "Größer als {gt}.",
    "literal_error": "Möglich sind: {expected}.",
    "enum": "Möglich sind: {expected}.",
    "json_invalid": "Das ist kein gültiges JSON.",
    "model_attributes_type": "Hier wird ein JSON-Objekt erwartet.",
    "list_type": "Hier wird eine Liste erwartet.",
    "too_short": "Zu wenige Einträge; nötig: {min_length}.",
    "too_long": "Zu viele Einträge; erlaubt: {max_length}.",
}


def fault_in_words(error: Mapping[str, Any]) -> str:
    """A sentence for one of `ValidationError.errors()`."""
    if error["type"] == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    template = _DETAILS.get(error["type"])
    if template is None:
        return "Diese Angabe ist so nicht gültig."
    return template.format(
        **{name: _german(name, value) for name, value in error.get("ctx", {}).items()}
    )


def _german(name: str, value: object) -> object:
    """A limit as a person writes it: „0,5“ and „1“, not „1.0“; choices without the English „or“."""
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    if name == "expected" and isinstance(value, str):
        return value.replace("' or '", "', '").replace("'", "")
    return value
