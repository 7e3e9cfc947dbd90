"""Breakdowns: by which characteristics a figure is split, in one canonical text."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TOTAL = ""


def breakdown_code(parts: Iterable[tuple[str, str]]) -> str:
    """The canonical code, e.g. `GES=GESW|NAT=NATA`; parts sorted, totals (empty) left out."""
    return "|".join(f"{variable}={value}" for variable, value in sorted(parts) if value)


def canonical(code: str) -> str | None:
    """A breakdown as a sender wrote it, made canonical; None if it is malformed."""
    if not code.strip():
        return TOTAL
    parts = []
    for part in code.split("|"):
        variable, separator, value = part.partition("=")
        if not separator or not variable.strip() or not value.strip():
            return None
        parts.append((variable.strip(), value.strip()))
    if len({variable for variable, _ in parts}) != len(parts):
        return None
    return breakdown_code(parts)


async def ensure_breakdowns(session: AsyncSession, labels: dict[str, str]) -> dict[str, int]:
    """The ids of breakdowns by code; those not known yet are added with their label."""
    if labels:
        await session.execute(
            text(
                "INSERT INTO indicator.breakdown (code, label) VALUES (:code, :label)"
                " ON CONFLICT (code) DO NOTHING"
            ),
            [{"code": code, "label": label or code} for code, label in labels.items()],
        )
    rows = await session.execute(
        text("SELECT code, id FROM indicator.breakdown WHERE code = ANY(:codes)"),
        {"codes": list(labels)},
    )
    return dict(rows.all())
