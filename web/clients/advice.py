"""consultation_api: requests for advice, cases, goals, timeline, tasks."""

from web.clients.base import ServiceClient


class AdviceClient(ServiceClient):
    """Advice as consultation_api offers it."""

    service = "consultation_api"
