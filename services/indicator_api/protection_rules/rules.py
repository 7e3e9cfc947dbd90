"""Which rules hold for a dataset and for each of its measures; no input or output."""

from collections.abc import Mapping, Sequence
from typing import Any

Rule = Mapping[str, Any]
Snapshot = list[dict[str, Any]]


def in_force(rules: Sequence[Rule], source: str) -> list[Rule]:
    """The rules that decide about a dataset's figures, of its own and of those for all.

    `rules`: rows with `dataset_id`, `source`, `measure_id`, `kind`, `is_active`. A rule of the
    dataset for all measures takes the place of every default of its kind, also when it is
    switched off; one for a measure takes the place of the default for that measure. Among
    defaults the one of this source goes before the one for all. A switched-off rule for a
    measure stays in the list where it makes an exception.
    """
    own = [rule for rule in rules if rule["dataset_id"] is not None]
    covered = {rule["kind"] for rule in own if rule["measure_id"] is None}
    chosen = {(rule["kind"], rule["measure_id"]): rule for rule in own}
    defaults = [rule for rule in rules if rule["dataset_id"] is None]
    for rule in sorted(defaults, key=lambda rule: rule["source"] is None):
        if rule["kind"] not in covered and rule["source"] in (None, source):
            chosen.setdefault((rule["kind"], rule["measure_id"]), rule)
    general = {
        kind for (kind, measure), rule in chosen.items() if not measure and rule["is_active"]
    }
    return [
        rule
        for (kind, measure), rule in chosen.items()
        if rule["is_active"] or (measure is not None and kind in general)
    ]


def parameters_for(snapshot: Sequence[Rule], kind: str, measure_id: int) -> dict[str, Any] | None:
    """The parameters of the rule of this kind that holds for a measure; None without one.

    `snapshot`: rules as `in_force` gives them and releases keep them.
    """
    of_kind = {rule["measure_id"]: rule for rule in snapshot if rule["kind"] == kind}
    rule = of_kind.get(measure_id, of_kind.get(None))
    return dict(rule["parameters"]) if rule is not None and rule["is_active"] else None
