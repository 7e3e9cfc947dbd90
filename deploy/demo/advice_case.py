"""What happened in one case of the demo: goals, timeline, tasks, phases, and how it stands."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from deploy.demo.advice_plan import Case, Entry, Goal, PhaseChange, Request, Task
from deploy.demo.api import Api, content_key
from deploy.demo.steps import ADVISOR, Speak, Step, act, amend, day_of

_CLOSED = ("abgeschlossen", "zurueckgezogen")
_PHASES = ("einleitung", "aufbau", "umsetzung", "begleitung")


def case_steps(
    request: Request, plan: Case, case_id: str, speak: Speak, today: date
) -> Iterator[Step]:
    """All steps of the case, in no order; nothing is left to do in one that is closed."""
    case = _Case(request, plan, f"/v1/cases/{case_id}", speak, today)
    if case.state in _CLOSED:
        yield Step(plan.ended_after, lambda: True, lambda: None)
        return
    yield from case.course()
    for goal in plan.goals:
        yield from case.goal(goal)
    for entry in plan.entries:
        yield case.entry(entry)
    for task in plan.tasks:
        yield from case.task(task)


class _Case:
    """One case, read anew for each look."""

    def __init__(self, request: Request, plan: Case, path: str, speak: Speak, today: date) -> None:
        self.request = request
        self.plan = plan
        self.path = path
        self.speak = speak
        self.today = today
        self.asker = speak(request.by)
        self.team = speak(ADVISOR)

    @property
    def state(self) -> str:
        """The state it is in."""
        return str(self.team.get(self.path)["state"]["code"])

    def key(self, kind: str, words: str) -> str:
        """The Idempotency-Key of something in this case."""
        return content_key("demo-advice", self.request.key, kind, words)

    def course(self) -> Iterator[Step]:
        """Who advises, its phases, and its states."""
        plan = self.plan
        if plan.advisor:
            yield Step(plan.started_after, self._has_advisor, self._name_advisor)
        for change in plan.phases:
            yield self._phase(change)
        for state in plan.path:
            yield self._state(state)

    def _has_advisor(self) -> bool:
        return self.team.get(self.path)["advisor"] is not None

    def _name_advisor(self) -> None:
        me = self.speak(self.plan.advisor).get("/v1/accounts/me")
        amend(self.team, self.path, {"advisor_id": me["id"]})

    def _phase(self, change: PhaseChange) -> Step:
        def is_reached() -> bool:
            phase = self.team.get(self.path)["phase"]["code"]
            return _PHASES.index(phase) >= _PHASES.index(change.phase)

        return Step(
            change.after,
            is_reached,
            lambda: amend(self.team, self.path, {"phase": change.phase}),
        )

    def _state(self, state: str) -> Step:
        place = self.plan.path.index(state)
        earlier = "vereinbart" if place == 0 else self.plan.path[place - 1]
        is_begin = state == "laufend"
        body = {"state": state} if is_begin else {"state": state, "reason": self.plan.reason}
        api = self.team if is_begin else self.asker
        return Step(
            self.plan.started_after if is_begin else self.plan.ended_after,
            lambda: self.state != earlier,
            lambda: act(api, self.path, "state", body),
        )

    def goal(self, goal: Goal) -> Iterator[Step]:
        """Proposed by one side, confirmed by the other, reached."""
        proposer = self.speak(goal.by)
        other = self.team if goal.by == self.request.by else self.asker

        def find() -> dict[str, Any] | None:
            goals = self.team.items(f"{self.path}/goals")
            return next((item for item in goals if item["text"] == goal.text), None)

        def lead(api: Api, state: str) -> None:
            found = find()
            if found is not None:
                act(api, f"{self.path}/goals/{found['id']}", "state", {"state": state})

        def is_beyond(*states: str) -> bool:
            found = find()
            return found is None or found["state"]["code"] not in states

        yield Step(
            goal.after,
            lambda: find() is not None,
            lambda: proposer.post(
                f"{self.path}/goals", {"text": goal.text}, key=self.key("goal", goal.text)
            ),
        )
        if goal.confirmed_after is not None:
            yield Step(
                goal.confirmed_after,
                lambda: is_beyond("vorgeschlagen"),
                lambda: lead(other, "vereinbart"),
            )
        if goal.reached_after is not None:
            yield Step(
                goal.reached_after,
                lambda: is_beyond("vorgeschlagen", "vereinbart"),
                lambda: lead(other, "erreicht"),
            )

    def entry(self, entry: Entry) -> Step:
        """An entry of the timeline, on its day."""
        day = day_of(self.today, self.request.days_ago - entry.after)
        body = {
            "kind": entry.kind,
            "occurred_on": day.isoformat(),
            "title": entry.title,
            "text": entry.text,
            "visibility": entry.visibility,
            "topics": list(entry.topics),
        }

        def is_written() -> bool:
            entries = self.team.items(f"{self.path}/entries")
            return any(item["title"] == entry.title for item in entries)

        author = self.speak(entry.by)
        return Step(
            entry.after,
            is_written,
            lambda: author.post(f"{self.path}/entries", body, key=self.key("entry", entry.title)),
        )

    def task(self, task: Task) -> Iterator[Step]:
        """A task, and its being done."""
        author = self.speak(task.by)
        doer = self.team if task.side == "beratung" else self.asker
        body: dict[str, Any] = {
            "title": task.title,
            "due_on": (self.today + timedelta(days=task.due_in)).isoformat(),
            "side": task.side,
            "visibility": task.visibility,
        }
        if task.text:
            body["text"] = task.text

        def find() -> dict[str, Any] | None:
            tasks = self.team.items(f"{self.path}/tasks")
            return next((item for item in tasks if item["title"] == task.title), None)

        def tick_off() -> None:
            found = find()
            if found is not None:
                act(doer, f"{self.path}/tasks/{found['id']}", "state", {"state": "erledigt"})

        def is_ticked_off() -> bool:
            found = find()
            return found is None or found["state"]["code"] == "erledigt"

        yield Step(
            task.after,
            lambda: find() is not None,
            lambda: author.post(f"{self.path}/tasks", body, key=self.key("task", task.title)),
        )
        if task.done_after is not None:
            yield Step(task.done_after, is_ticked_off, tick_off)
