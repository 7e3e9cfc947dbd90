"""Plays the demo's advice through the API: who asked, agreed, wrote and finished what, and when.

Each step looks first whether it has been done, so that a loader that was killed goes on where
it stopped, and what the demo's users have changed since is left as it is.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from deploy.demo.advice_case import case_steps
from deploy.demo.advice_plan import MARK, Message, Request
from deploy.demo.api import DemoError, content_key
from deploy.demo.history import BERLIN, History
from deploy.demo.musterkreis_areas import area_name
from deploy.demo.steps import ADVISOR, Speak, Step, act, day_of

_OPEN_REQUEST = ("eingegangen", "angeboten")
_STATES_ON_THE_WAY = {
    "eingegangen": ("eingegangen",),
    "angeboten": ("eingegangen", "angeboten"),
    "angenommen": ("eingegangen", "angeboten", "angenommen"),
    "abgelehnt": ("eingegangen", "abgelehnt"),
    "zurueckgezogen": ("eingegangen", "zurueckgezogen"),
}


def load_request(plan: Request, speak: Speak, began_at: datetime, history: History | None) -> None:
    """Bring one request, and the case born from it, to where the plan says.

    `began_at` is the moment the demo was begun to be loaded, the same for each attempt: all
    days count from it. Without `history` all carries the moment it is written. Raises DemoError.
    """
    story = _Story(plan, speak, began_at)
    last_done: tuple[int, Step] | None = None
    for number, step in enumerate(story.steps()):
        if step.is_done():
            last_done = number, step
            continue
        if last_done and history:
            _settle_rest(story, history, *last_done)
        since = datetime.now(UTC)
        step.do()
        if history:
            history.settle(story.request_id, story.day(step.after), since, number)
        last_done = None
    if last_done and history:
        _settle_rest(story, history, *last_done)


def _settle_rest(story: "_Story", history: History, number: int, step: Step) -> None:
    history.settle_rest(story.request_id, story.day(step.after), story.began_at, number)


class _Story:
    """One request with its case, read anew for each look: others write in it as well."""

    def __init__(self, plan: Request, speak: Speak, began_at: datetime) -> None:
        self.plan = plan
        self.speak = speak
        self.began_at = began_at
        self.today = began_at.astimezone(BERLIN).date()
        self.asker = speak(plan.by)
        self.team = speak(ADVISOR)
        self._known: dict[str, Any] | None = None

    def day(self, after: int) -> date:
        """The day so many days after the request was made."""
        return day_of(self.today, self.plan.days_ago - after)

    @property
    def request_id(self) -> str:
        """Id of the request; DemoError before it is made."""
        return str(self._request()["id"])

    def steps(self) -> Iterator[Step]:
        """All steps in the order of their days; the case's only once there is one."""
        plan = self.plan
        yield Step(0, self._is_asked, self._ask)
        yield from sorted(self._talk(), key=lambda step: step.after)
        case_id = self._request()["case_id"]
        if plan.case is not None and case_id:
            steps = case_steps(plan, plan.case, str(case_id), self.speak, self.today)
            yield from sorted(steps, key=lambda step: step.after)

    def _talk(self) -> Iterator[Step]:
        plan = self.plan
        for message in plan.messages:
            yield self._message(message)
        if plan.agreed_after is not None:
            yield Step(plan.agreed_after, lambda: self._has_passed("eingegangen"), self._propose)
        if plan.consented_after is not None:
            yield Step(plan.consented_after, lambda: self._has_passed("angeboten"), self._consent)
        if plan.decided_after is not None:
            yield Step(plan.decided_after, lambda: self._has_passed("eingegangen"), self._decide)

    def _message(self, message: Message) -> Step:
        api = self.speak(message.by)

        def is_said() -> bool:
            request = self._request()
            is_over = request["state"]["code"] not in _OPEN_REQUEST
            return is_over or message.text in {item["text"] for item in request["messages"]}

        def say() -> None:
            path = f"/v1/requests/{self.request_id}/messages"
            key = content_key("demo-message", self.plan.key, message.text)
            api.post(path, {"text": message.text}, key=key)

        return Step(message.after, is_said, say)

    def _is_asked(self) -> bool:
        if self._known is None:
            found = self.asker.items("/v1/requests")
            mine = (item for item in found if item["subject"] == self.plan.subject)
            self._known = next(mine, None)
        return self._known is not None

    def _ask(self) -> None:
        plan = self.plan
        body: dict[str, Any] = {
            "subject": plan.subject,
            "text": plan.marked_text,
            "topics": list(plan.topics),
        }
        if plan.area_codes:
            body["area_codes"] = plan.area_codes
        key = content_key("demo-request", plan.key)
        self._known = self.asker.post("/v1/requests", body, key=key)

    def _propose(self) -> None:
        path = f"/v1/requests/{self.request_id}"
        draft = str(self.team.get(f"{path}/agreement-draft")["text"])
        act(self.team, path, "agreement", {"text": f"{self._edited(draft)}\n\n{MARK}"})

    def _edited(self, draft: str) -> str:
        """The draft as an advisor leaves it: areas by name, the day it is proposed on."""
        for code in sorted(self._request()["area_codes"], key=len, reverse=True):
            draft = draft.replace(code, area_name(code))
        on = self.day(self.plan.agreed_after or 0)
        return re.sub(r"(?<=Entwurf vom )[\d.]+", f"{on.day}.{on.month}.{on.year}", draft).rstrip()

    def _consent(self) -> None:
        path = f"/v1/requests/{self.request_id}"
        version = self._request()["agreement"]["version"]
        key = content_key("demo-consent", path)
        act(self.asker, path, "consent", {"agreement_version": version}, key=key)

    def _decide(self) -> None:
        is_declined = self.plan.state == "abgelehnt"
        api, action = (self.team, "decline") if is_declined else (self.asker, "withdraw")
        act(api, f"/v1/requests/{self.request_id}", action, {"reason": self.plan.reason})

    def _has_passed(self, state: str) -> bool:
        """Whether the request has left `state`, by the plan or by the demo's users."""
        way = _STATES_ON_THE_WAY[self.plan.state]
        reached = self._request()["state"]["code"]
        return reached not in way or way.index(reached) > way.index(state)

    def _request(self) -> dict[str, Any]:
        if self._known is None:
            raise DemoError(f"the request „{self.plan.subject}“ is not there")
        return self.asker.get(f"/v1/requests/{self._known['id']}")
