"""The findings of a delivery, grouped by kind, each with how to mend it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.delivery_types import Delivery, Finding, FindingCount
from web.clients.indicator import IndicatorClient
from web.pages.deliveries.words import SEVERITIES, StateWord

SHOWN_PER_KIND = 6
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
