"""Checking what a release is asked to take: codes that exist, figures that are there, terms."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.models import Dataset
from services.indicator_api.releases.rules import AUDIENCE_LABELS, exceeds
from services.indicator_api.releases.schemas import ReleaseWrite, Scope
from services.shared.problems import FieldError, Invalid


async def check_wanted(session: AsyncSession, dataset: Dataset, wanted: ReleaseWrite) -> None:
    """Raise `Invalid` for what the source's terms forbid, or what the dataset does not hold."""
    refuse_beyond_terms(dataset, wanted)
    errors: list[FieldError] = []
    if wanted.scope is not None:
        errors += await _unknown_codes(session, dataset, wanted.scope)
        errors += await _levels(session, dataset, wanted.scope)
    errors += await _areas(session, wanted.protect_first)
    if errors:
        code = errors[0].code if len({error.code for error in errors}) == 1 else "scope_invalid"
        raise Invalid(code, " ".join(error.detail for error in errors[:5]), errors=errors)


def refuse_beyond_terms(dataset: Dataset, wanted: ReleaseWrite) -> None:
    """Raise `Invalid` for an audience wider than the source's terms allow."""
    widest: Any = dataset.released_at_most_to
    if not exceeds(wanted.audience, widest):
        return
    detail = (
        f"Die Bedingungen der Quelle erlauben eine Freigabe höchstens an „"
        f"{AUDIENCE_LABELS[widest]}“, nicht an „{AUDIENCE_LABELS[wanted.audience]}“."
        f"{_terms(dataset)}"
    )
    raise Invalid(
        "audience_beyond_terms",
        detail,
        errors=[FieldError("/audience", "audience_beyond_terms", detail)],
        released_at_most_to=widest,
    )


def _terms(dataset: Dataset) -> str:
    return f" Im Wortlaut: „{dataset.release_terms}“" if dataset.release_terms else ""


async def _unknown_codes(session: AsyncSession, dataset: Dataset, scope: Scope) -> list[FieldError]:
    """Measures and periods that there are not, or of which the dataset holds no figure."""
    errors = []
    for name, noun, table in (
        ("measures", "Messgröße", "measure"),
        ("periods", "Periode", "period"),
    ):
        codes = getattr(scope, name) or []
        rows = await session.execute(
            text(
                f"SELECT w.code, x.id IS NOT NULL AS is_known, EXISTS (SELECT FROM indicator.fact"
                f" AS f WHERE f.dataset_id = :dataset AND f.{table}_id = x.id) AS is_held"
                " FROM unnest(CAST(:codes AS text[])) AS w (code)"
                f" LEFT JOIN indicator.{table} AS x ON x.code = w.code"
            ),
            {"dataset": dataset.id, "codes": codes},
        )
        found = {row.code: row for row in rows}
        for place, code in enumerate(codes):
            pointer = f"/scope/{name}/{place}"
            if not found[code].is_known:
                detail = f"Die {noun} „{code}“ gibt es nicht."
                errors.append(FieldError(pointer, f"{table}_unknown", detail))
            elif not found[code].is_held:
                detail = f"In „{dataset.title}“ liegt zur {noun} „{code}“ keine Zahl."
                errors.append(FieldError(pointer, f"{table}_without_facts", detail))
    return errors


async def _levels(session: AsyncSession, dataset: Dataset, scope: Scope) -> list[FieldError]:
    """Levels that there are not, or that are smaller than the source's terms allow."""
    rows = await session.execute(text("SELECT code, label, rank FROM indicator.area_kind"))
    kinds = {row.code: row for row in rows}
    smallest = kinds.get(dataset.released_smallest_level or "")
    errors = []
    for place, level in enumerate(scope.levels or []):
        pointer = f"/scope/levels/{place}"
        if level not in kinds:
            errors.append(
                FieldError(pointer, "level_unknown", f"Die Gebietsart „{level}“ gibt es nicht.")
            )
        elif smallest is not None and kinds[level].rank > smallest.rank:
            detail = (
                f"Die Bedingungen der Quelle erlauben höchstens die Ebene „{smallest.label}“, "
                f"nicht „{kinds[level].label}“.{_terms(dataset)}"
            )
            errors.append(FieldError(pointer, "level_beyond_terms", detail))
    return errors


async def _areas(session: AsyncSession, codes: list[str]) -> list[FieldError]:
    rows = await session.execute(
        text("SELECT DISTINCT code FROM indicator.area WHERE code = ANY(:codes)"),
        {"codes": codes},
    )
    known = set(rows.scalars())
    return [
        FieldError(f"/protect_first/{place}", "area_unknown", f"Das Gebiet „{code}“ gibt es nicht.")
        for place, code in enumerate(codes)
        if code not in known
    ]
