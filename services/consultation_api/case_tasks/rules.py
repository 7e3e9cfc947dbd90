"""Tasks within a case: whose they are and who may see them; no input or output."""

from typing import Literal

from services.consultation_api.sides import Side, Visibility

TaskState = Literal["offen", "erledigt"]
Due = Literal["overdue", "week"]
WhoseTask = Literal["mine", "other"]

STATE_LABELS: dict[str, str] = {"offen": "Offen", "erledigt": "Erledigt"}


def may_be_internal(side_of_task: Side, author_side: Side) -> bool:
    """Whether a task can be internal: only one that the team has given itself."""
    return author_side == "beratung" and side_of_task == "beratung"


def may_be(visibility: Visibility, side_of_task: Side, author_side: Side) -> bool:
    """Whether this side may give a task of that side this visibility."""
    return visibility == "gemeinsam" or may_be_internal(side_of_task, author_side)


def can_become(wanted: Visibility, present: Visibility) -> bool:
    """Whether the visibility can change so: what was shared cannot be taken back."""
    return not (present == "gemeinsam" and wanted == "intern")
