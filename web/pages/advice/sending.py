"""What the forms of advice share: keys, checked ids, refusals beside their fields."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from starlette.datastructures import FormData

from web.clients.base import ServiceProblem
from web.errors import PageNotFound
from web.forms import field_text

_SHOWN_IN_FORM = frozenset({400, 409, 412, 413, 422, 429})

STALE = 412


@dataclass(frozen=True, slots=True)
class Given:
    """A form as it was filled in: values by field, chosen values, errors by field, its key."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid4()))

    def text(self, name: str, default: str = "") -> str:
        """What was filled in, `default` where the form was not sent."""
        return self.values.get(name, default)


def given_of(form: FormData, *names: str) -> Given:
    """The named fields of a submitted form; lines end as the services store them."""
    key = field_text(form, "idempotency_key") or str(uuid4())
    values = {name: field_text(form, name).replace("\r\n", "\n") for name in names}
    return Given(values, key=key)


def with_errors(given: Given, errors: Mapping[str, str]) -> Given:
    """The form with what is to be mended."""
    return Given(given.values, errors, given.chosen, given.key)


def submission_key(given: Given) -> str:
    """The same form with the same answers is one deed; with other answers it is another one."""
    chosen = (text for name in sorted(given.chosen) for text in given.chosen[name])
    answers = "\n".join((given.key, *(given.values[n] for n in sorted(given.values)), *chosen))
    return hashlib.sha256(answers.encode()).hexdigest()


def refusal(problem: ServiceProblem, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """A service's refusal by form field; `names` leads from its fields to the form's.

    "" stands for the whole form. Raises the problem again where it is not about what was sent.
    """
    is_rule = problem.status == 403 and problem.code != "right_missing"
    if problem.status not in _SHOWN_IN_FORM and not is_rule:
        raise problem
    errors: dict[str, str] = {}
    rest: list[str] = []
    for name, text in problem.errors_by_field().items():
        if names and name in names:
            errors[names[name]] = text
        else:
            rest.append(text)
    if not errors or rest:
        errors[""] = " ".join(rest) or in_words(problem)
    return errors


def in_words(problem: ServiceProblem) -> str:
    """Why something was refused, and what is possible instead where the service says so."""
    said = problem.detail or problem.title
    allowed = [str(item.get("label")) for item in problem.document.get("allowed") or []]
    missing = [label for label in allowed if label not in said]
    return f"{said} Möglich ist jetzt: {', '.join(allowed)}." if missing else said


def checked_id(value: str, words: str) -> str:
    """The id in its usual form; what is none leads to the page for the unknown."""
    try:
        return str(UUID(value))
    except ValueError as error:
        raise PageNotFound(words) from error
