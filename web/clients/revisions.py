"""The part of indicator_api that says what changed, and the shapes of its answer."""

from datetime import datetime
from typing import Literal

from web.clients.base import Query, ServiceClient, present
from web.clients.indicator_types import AreaRef, DatasetRef, FigureStatus, Reason, Record

Basis = Literal["delivered", "released"]
Change = Literal["changed", "removed", "withdrawn"]


class Named(Record):
    """A measure with its name."""

    code: str
    name: str


class Labelled(Record):
    """A period or breakdown with how it is written."""

    code: str
    label: str


class CellState(Record):
    """What a cell held; `status` says why there is no value."""

    value: float | None = None
    status: FigureStatus = "value"
    quality: tuple[str, ...] = ()


class RevisingDelivery(Record):
    """The delivery that brought the new figure."""

    number: int
    id: str | None = None
    filename: str | None = None
    delivered_by: str | None = None


class RevisingRelease(Record):
    """The release with which the new figure was shown; `published_by` and `note` the holder's."""

    id: str
    number: int
    audience_label: str = ""
    published_at: datetime | None = None
    published_by: str | None = None
    note: str = ""


class Revision(Record):
    """One cell that changed; `new` is None where nothing stands any more."""

    at: datetime
    change: Change
    dataset: DatasetRef
    measure: Named
    area: AreaRef
    period: Labelled
    breakdown: Labelled
    old: CellState
    new: CellState | None = None
    delivery: RevisingDelivery | None = None
    release: RevisingRelease | None = None


class RevisionPage(Record):
    """A part of the list, newest first; `basis` says whether of deliveries or of releases."""

    items: tuple[Revision, ...]
    next: str | None = None
    reason: Reason | None = None
    basis: Basis
    basis_label: str = ""


class RevisionClient(ServiceClient):
    """Revisions in the name of one visitor."""

    service = "indicator_api"

    async def revisions(
        self, asked: Query, *, limit: int | None = None, cursor: str | None = None
    ) -> RevisionPage:
        """One page of what changed for the parameters of `GET /v1/revisions`.

        Without `basis` what the visitor may see most of.
        """
        params = {**asked, **present(limit=limit, cursor=cursor)}
        return RevisionPage.model_validate(await self.get_json("/v1/revisions", params))
