"""Protecting a dataset's release, batch by batch of places."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.disclosure.collecting.assembling import Settled
from services.indicator_api.disclosure.collecting.knowledge import KEYS
from services.indicator_api.disclosure.collecting.reading import batches, read_known
from services.indicator_api.disclosure.problem import NotProvenError
from services.indicator_api.disclosure.settling import Order, Outcome, settle


class Sessions(Protocol):
    """Opens a session that reads, as the holder."""

    def __call__(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session of its own transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of one batch, and how many batches are done of how many."""

    outcome: Outcome
    done: int
    total: int


async def protect_dataset(
    sessions: Sessions, dataset_id: int, order: Order
) -> AsyncIterator[Batch]:
    """Settle a dataset's cells batch by batch; nothing of one batch is held when the next begins.

    The first batch are municipalities and what is above them; what it decides about a
    municipality's own figures holds for the batch of what lies within; where it hides one, the
    two would have to be attacked together, which they are not: that is not proven. Raises the
    engine's DisclosureError.
    """
    async with sessions() as session:
        work = await batches(session, dataset_id)
    settled = Settled.nothing()
    for number, areas in enumerate(work, 1):
        async with sessions() as session:
            known = await read_known(session, dataset_id, areas, None)
        _refuse_in_two_batches(known.facts, settled)
        outcome = await asyncio.to_thread(settle, known, order, settled)
        if number == 1 and len(work) > 1:
            settled = _decided(known.facts, outcome.hidden)
        elif len(work) > 1:
            # a municipality's own figures were told with the first batch
            outcome = replace(
                outcome,
                hidden=outcome.hidden.join(settled.hidden, on=KEYS, how="anti"),
            )
        yield Batch(outcome, number, len(work))


def _refuse_in_two_batches(facts: pl.DataFrame, settled: Settled) -> None:
    """Raise NotProvenError for a municipality's figure that was hidden with those beside it.

    What is beside it and what lies within both tell of it; each is attacked by itself only.
    """
    both = facts.join(settled.hidden, on=KEYS, how="semi")
    if both.height:
        raise NotProvenError(list(range(both.height)))


def _decided(facts: pl.DataFrame, hidden: pl.DataFrame) -> Settled:
    keys = facts.filter(pl.col("value").is_not_null()).select(KEYS)
    return Settled(keys.join(hidden, on=KEYS, how="anti"), hidden.select(KEYS))
