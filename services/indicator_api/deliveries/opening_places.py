"""Large files are opened to answer a request a few at a time: each takes memory and a processor."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from services.indicator_api.deliveries.rules import LARGE_PACKED_BYTES
from services.shared.streaming import StreamPlaces

# In each process of the service. A workbook at its limits takes about half a gigabyte.
MAXIMUM_OPENED = 2
PLACES = StreamPlaces(
    MAXIMUM_OPENED,
    code="too_many_files_opened",
    detail="Gerade werden schon mehrere große Dateien geöffnet. Versuchen Sie es in einer halben "
    "Minute noch einmal; an der Lieferung ändert sich nichts.",
    retry_after=30,
)


@asynccontextmanager
async def place_to_open(delivery: Mapping[str, Any]) -> AsyncIterator[None]:
    """Hold a place while a delivery's file is open; raises `Unavailable` (503) if there is none.

    What is small needs none, whatever it is said to be: packed or not, it opens in a moment.
    """
    if delivery["size_bytes"] <= LARGE_PACKED_BYTES:
        yield
        return
    async with PLACES.taken():
        yield
