"""The client of the pages about partitions and sets."""

from web.clients.partitions import PartitionClient
from web.visit import Visit


def client_of(visit: Visit) -> PartitionClient:
    """Partitions and sets in the visitor's name."""
    return PartitionClient(visit.services.indicator, visit.access)
