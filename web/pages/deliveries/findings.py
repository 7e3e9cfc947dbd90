"""The findings of a delivery, grouped by kind, each with how to mend it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.delivery_types import Delivery, Finding, FindingCount, Severity
from web.clients.indicator import IndicatorClient
from web.pages.deliveries.words import SEVERITIES, StateWord

SHOWN_PER_KIND = 6
GRAVITY_TITLES: dict[Severity, str] = {
    "error": "Fehler: Das hält die Lieferung auf",
    "warning": "Warnungen: Das ist möglich, aber auffällig",
    "note": "Hinweise: Das ist nur zu wissen",
}
MOST_KEPT_PER_KIND = 2_000
"""indicator_api keeps so many findings of a kind; it counts all of them."""


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding: how often it occurred, and the rows shown of it.

    `remedy` is the one sentence that mends all rows shown; None where each has its own.
    """

    code: str
    title: str
    count: int
    severity: Severity
    gravity: StateWord
    rows: tuple[Finding, ...]
    remedy: str | None

    @property
    def has_own_remedies(self) -> bool:
        """Whether the remedies stand beside the rows."""
        return self.remedy is None and any(row.remedy for row in self.rows)

    @property
    def has_places(self) -> bool:
        """Whether the findings are about rows, not about the file as a whole."""
        return any(row.row is not None for row in self.rows)


def kind_of(counted: FindingCount, rows: Sequence[Finding]) -> FindingKind:
    """A kind with some of its rows."""
    remedies = {row.remedy or "" for row in rows}
    return FindingKind(
        code=counted.code,
        title=counted.title,
        count=counted.count,
        severity=counted.severity,
        gravity=SEVERITIES[counted.severity],
        rows=tuple(rows),
        remedy=(remedies.pop() or None) if len(remedies) == 1 else None,
    )


async def read_kinds(client: IndicatorClient, delivery: Delivery) -> tuple[FindingKind, ...]:
    """All kinds of a delivery's findings with their first rows, in the service's order."""
    pages = await asyncio.gather(
        *(
            client.findings(delivery.id, code=counted.code, limit=SHOWN_PER_KIND)
            for counted in delivery.finding_counts
        )
    )
    return tuple(
        kind_of(counted, page.items)
        for counted, page in zip(delivery.finding_counts, pages, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Gravity:
    """All kinds of one gravity, and how many findings they are together."""

    severity: Severity
    title: str
    kinds: tuple[FindingKind, ...]
    count: int


def by_gravity(kinds: Sequence[FindingKind]) -> tuple[Gravity, ...]:
    """The kinds grouped: errors, warnings, notes; groups without any are left out."""
    groups = []
    for severity, title in GRAVITY_TITLES.items():
        chosen = tuple(kind for kind in kinds if kind.severity == severity)
        if chosen:
            total = sum(kind.count for kind in chosen)
            groups.append(Gravity(severity, title, chosen, total))
    return tuple(groups)
