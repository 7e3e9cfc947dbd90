"""A delivery by the id in an address."""

from uuid import UUID

from web.clients.delivery_types import Delivery
from web.errors import PageNotFound
from web.visit import Visit


def checked_id(given: str) -> str:
    """The id in its usual form; what is none leads to the page for the unknown."""
    try:
        return str(UUID(given))
    except ValueError as error:
        raise PageNotFound("Diese Lieferung gibt es nicht.") from error


async def read_delivery(visit: Visit, delivery_id: str) -> Delivery:
    """The delivery, as far as the visitor may see it; else the page for the unknown."""
    return await visit.indicator.delivery(checked_id(delivery_id))
