"""What a release hides so that nobody can be recognised in it."""

from dataclasses import dataclass, field
from typing import Any

from services.indicator_api.jobs import JobContext
from services.indicator_api.protection_rules.kinds import describe
from services.indicator_api.releases import planned_cells
from services.shared.principal import Principal

UNCHECKED = (
    "Geprüft wird die Mindestfallzahl. Nicht geprüft wird, ob sich verborgene Werte aus Summen, "
    "aus anderen Gebietszuschnitten oder aus früheren Freigaben zurückrechnen lassen."
)


@dataclass(frozen=True, slots=True)
class Protection:
    """What protecting a release came to.

    `rules`: `{"code", "text", "hidden"}` each; `limits`: what was not checked, in words;
    `refusals`: `{"code", "detail", "remedy"}` each, none if it may go out; `certificate` and the
    SHA-256 of the planned cells, where there is one.
    """

    rules: list[dict[str, Any]]
    limits: str
    refusals: list[dict[str, str]] = field(default_factory=list)
    certificate: dict[str, Any] | None = None
    certificate_sha256: str | None = None
    released_sha256: str | None = None


async def protect_release(
    context: JobContext, principal: Principal, release: dict[str, Any]
) -> Protection:
    """Decide what a release hides, and write it to `release_hidden_cell` and its plan.

    `release`: its row as `repository.find` gives it, with the rules in force in `rules`. Nothing
    of it was written before; whatever facts change meanwhile make the release stale.
    """
    if release["method"] != "suppress":
        return Protection([], UNCHECKED, [_UNPROVEN_ROUNDING])
    async with context.database.write_session(principal) as session:
        hidden = await planned_cells.hide_small_counts(session, release)
        await planned_cells.plan_facts(session, release)
    rules = [
        {
            "code": rule["kind"],
            "text": describe(rule["kind"], rule["parameters"]),
            "hidden": hidden,
        }
        for rule in release["rules"]
        if rule["kind"] == "minimum_count" and rule["measure"] is None
    ]
    return Protection(rules, UNCHECKED)


_UNPROVEN_ROUNDING = {
    "code": "rounding_unproven",
    "detail": "Ob gerundete Zahlen genug schützen, lässt sich hier nicht nachweisen.",
    "remedy": "Bereiten Sie die Freigabe mit Sperren statt Runden vor.",
}
