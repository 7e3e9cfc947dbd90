"""consultation_api: requests for advice, cases, goals, timeline, tasks."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

import httpx

from web.clients.advice_types import (
    AdviceRequest,
    Case,
    Entry,
    Explained,
    Goal,
    Person,
    Task,
    Versioned,
    WaitingItem,
)
from web.clients.base import Document, ServiceClient, present
from web.clients.indicator_types import Listing

WHOLE_LIST_LIMIT = 500
"""Items asked for at once where a whole list is wanted: the most the service gives."""

Version = TypeVar("Version", bound=Versioned)


class AdviceClient(ServiceClient):
    """Advice as consultation_api offers it.

    Creating calls take the caller's `idempotency_key`, changes the `etag` they start from.
    """

    service = "consultation_api"

    async def topics(self) -> tuple[Explained, ...]:
        """What advice may be about."""
        return await self._codes("/v1/topics")

    async def phases(self) -> tuple[Explained, ...]:
        """The phases of an integrated strategic Sozialplanung, in their order."""
        return await self._codes("/v1/phases")

    async def waiting(self) -> tuple[WaitingItem, ...]:
        """What waits for the reader's side, overdue first."""
        read = await self.get_json("/v1/waiting")
        return Listing[WaitingItem].model_validate(read).items

    async def requests(
        self, *, states: Sequence[str] = (), limit: int | None = None, cursor: str | None = None
    ) -> Listing[AdviceRequest]:
        """One page of requests, newest first."""
        params = present(state=list(states), limit=limit, cursor=cursor)
        read = await self.get_json("/v1/requests", params)
        return Listing[AdviceRequest].model_validate(read)

    async def request(self, request_id: str) -> AdviceRequest:
        """A request with its messages and agreement."""
        return _versioned(AdviceRequest, await self.send("GET", _request(request_id)))

    async def create_request(self, body: Document, idempotency_key: str) -> AdviceRequest:
        """Ask for advice: `subject`, `text`, `topics`, `area_codes`."""
        return _versioned(AdviceRequest, await self._post("/v1/requests", body, idempotency_key))

    async def send_message(self, request_id: str, text: str, idempotency_key: str) -> None:
        """Add a message to the talk about a request."""
        await self._post(f"{_request(request_id)}/messages", {"text": text}, idempotency_key)

    async def agreement_draft(self, request_id: str) -> str:
        """A Beratungsvereinbarung written from the request, to be edited by the team."""
        draft: Document = await self.get_json(f"{_request(request_id)}/agreement-draft")
        return str(draft["text"])

    async def propose_agreement(self, request_id: str, text: str, etag: str) -> None:
        """Propose an agreement; a new one replaces one nobody has consented to."""
        await self._act(f"{_request(request_id)}/agreement", {"text": text}, etag)

    async def consent(
        self, request_id: str, agreement_version: int, etag: str, idempotency_key: str
    ) -> Case:
        """Consent to the agreement: the case that is born by it."""
        response = await self.send(
            "POST",
            f"{_request(request_id)}/consent",
            json={"agreement_version": agreement_version},
            headers={"If-Match": etag, "Idempotency-Key": idempotency_key},
        )
        return _versioned(Case, response)

    async def decline(self, request_id: str, reason: str, etag: str) -> None:
        """Decline a request (team)."""
        await self._act(f"{_request(request_id)}/decline", {"reason": reason}, etag)

    async def withdraw(self, request_id: str, reason: str, etag: str) -> None:
        """Withdraw a request (municipality)."""
        body = {"reason": reason} if reason else {}
        await self._act(f"{_request(request_id)}/withdraw", body, etag)

    async def cases(
        self,
        *,
        states: Sequence[str] = (),
        q: str | None = None,
        topic: str | None = None,
        is_mine: bool = False,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Case]:
        """One page of cases, the newest first."""
        params = present(
            state=list(states),
            q=q,
            topic=topic,
            advisor="me" if is_mine else None,
            limit=limit,
            cursor=cursor,
        )
        return Listing[Case].model_validate(await self.get_json("/v1/cases", params))

    async def cases_csv(
        self,
        *,
        states: Sequence[str] = (),
        q: str | None = None,
        topic: str | None = None,
        is_mine: bool = False,
    ) -> httpx.Response:
        """All cases that fit, as CSV."""
        params = present(
            state=list(states), q=q, topic=topic, advisor="me" if is_mine else None, f="csv"
        )
        return await self.get_raw("/v1/cases", params)

    async def case(self, case_id: str) -> Case:
        """A case with its agreement."""
        return _versioned(Case, await self.send("GET", _case(case_id)))

    async def change_case(self, case_id: str, body: Document, etag: str) -> Case:
        """Change `title`, `phase`, `topics`, `area_codes`, `advisor_id`."""
        return _versioned(Case, await self._patch(_case(case_id), body, etag))

    async def change_case_state(self, case_id: str, state: str, reason: str, etag: str) -> Case:
        """Lead a case to another state."""
        body = {"state": state, **({"reason": reason} if reason else {})}
        return _versioned(Case, await self._act(f"{_case(case_id)}/state", body, etag))

    async def advisors(self, case_id: str) -> tuple[Person, ...]:
        """The accounts of the team that may take the case."""
        read = await self.get_json(f"{_case(case_id)}/advisors")
        return Listing[Person].model_validate(read).items

    async def export(self, case_id: str) -> httpx.Response:
        """The case with all the reader may see, as JSON to download."""
        return await self.get_raw(f"{_case(case_id)}/export")

    async def goals(self, case_id: str) -> tuple[Goal, ...]:
        """All goals of a case."""
        params = present(limit=WHOLE_LIST_LIMIT)
        read = await self.get_json(f"{_case(case_id)}/goals", params)
        return Listing[Goal].model_validate(read).items

    async def goal(self, case_id: str, goal_id: str) -> Goal:
        """One goal of a case."""
        return _versioned(Goal, await self.send("GET", _child(case_id, "goals", goal_id)))

    async def propose_goal(self, case_id: str, text: str, idempotency_key: str) -> Goal:
        """Propose a goal; the other side confirms it."""
        path = f"{_case(case_id)}/goals"
        return _versioned(Goal, await self._post(path, {"text": text}, idempotency_key))

    async def change_goal(self, case_id: str, goal_id: str, text: str, etag: str) -> Goal:
        """Word a goal anew; it is then a proposal of the reader's side."""
        response = await self._patch(_child(case_id, "goals", goal_id), {"text": text}, etag)
        return _versioned(Goal, response)

    async def change_goal_state(
        self, case_id: str, goal_id: str, state: str, reason: str, etag: str
    ) -> None:
        """Confirm, decline, reach or give up a goal."""
        body = {"state": state, **({"reason": reason} if reason else {})}
        await self._act(f"{_child(case_id, 'goals', goal_id)}/state", body, etag)

    async def entries(
        self,
        case_id: str,
        *,
        kind: str | None = None,
        visibility: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Entry]:
        """One page of the timeline, newest first."""
        params = present(kind=kind, visibility=visibility, limit=limit, cursor=cursor)
        read = await self.get_json(f"{_case(case_id)}/entries", params)
        return Listing[Entry].model_validate(read)

    async def entry(self, case_id: str, entry_id: str) -> Entry:
        """One entry of the timeline."""
        return _versioned(Entry, await self.send("GET", _child(case_id, "entries", entry_id)))

    async def add_entry(self, case_id: str, body: Document, idempotency_key: str) -> Entry:
        """Add to the timeline: `kind`, `occurred_on`, `title`, `text`, `visibility`, `topics`."""
        path = f"{_case(case_id)}/entries"
        return _versioned(Entry, await self._post(path, body, idempotency_key))

    async def change_entry(self, case_id: str, entry_id: str, body: Document, etag: str) -> Entry:
        """Change an entry one has written oneself."""
        response = await self._patch(_child(case_id, "entries", entry_id), body, etag)
        return _versioned(Entry, response)

    async def tasks(self, case_id: str) -> tuple[Task, ...]:
        """All tasks of a case, by their day."""
        params = present(limit=WHOLE_LIST_LIMIT)
        read = await self.get_json(f"{_case(case_id)}/tasks", params)
        return Listing[Task].model_validate(read).items

    async def task(self, case_id: str, task_id: str) -> Task:
        """One task of a case."""
        return _versioned(Task, await self.send("GET", _child(case_id, "tasks", task_id)))

    async def add_task(self, case_id: str, body: Document, idempotency_key: str) -> Task:
        """Add a task: `title`, `text`, `due_on`, `side`, `visibility`."""
        path = f"{_case(case_id)}/tasks"
        return _versioned(Task, await self._post(path, body, idempotency_key))

    async def change_task(self, case_id: str, task_id: str, body: Document, etag: str) -> Task:
        """Change a task."""
        response = await self._patch(_child(case_id, "tasks", task_id), body, etag)
        return _versioned(Task, response)

    async def change_task_state(self, case_id: str, task_id: str, state: str, etag: str) -> None:
        """Tick a task off (`erledigt`), or open it again (`offen`)."""
        path = f"{_child(case_id, 'tasks', task_id)}/state"
        await self._act(path, {"state": state}, etag)

    async def _codes(self, path: str) -> tuple[Explained, ...]:
        return Listing[Explained].model_validate(await self.get_json(path)).items

    async def _post(self, path: str, body: Document, idempotency_key: str) -> httpx.Response:
        headers = {"Idempotency-Key": idempotency_key}
        return await self.send("POST", path, json=body, headers=headers)

    async def _act(self, path: str, body: Document, etag: str) -> httpx.Response:
        return await self.send("POST", path, json=body, headers={"If-Match": etag})

    async def _patch(self, path: str, body: Document, etag: str) -> httpx.Response:
        return await self.send("PATCH", path, json=body, headers={"If-Match": etag})


def _request(request_id: str) -> str:
    return f"/v1/requests/{quote(request_id, safe='')}"


def _case(case_id: str) -> str:
    return f"/v1/cases/{quote(case_id, safe='')}"


def _child(case_id: str, kind: str, child_id: str) -> str:
    return f"{_case(case_id)}/{kind}/{quote(child_id, safe='')}"


def _versioned(record: type[Version], response: httpx.Response) -> Version:
    """The record with the ETag of its answer."""
    read = record.model_validate(response.json())
    return read.model_copy(update={"given_etag": response.headers.get("ETag")})
