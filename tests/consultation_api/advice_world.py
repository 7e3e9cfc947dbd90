"""Two municipalities, two teams and everybody else, and the steps from a request to a case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from tests.consultation_api.world import Person, World, once
from tests.support.people import People

REQUEST = {
    "subject": "Sozialbericht für drei Quartiere",
    "text": "Wir möchten mit kleinräumigen Zahlen planen und wissen nicht, wie wir anfangen.",
    "topics": ["datenmanagement", "planungsmethoden"],
}
AGREEMENT = "Freiwillig, kostenlos und jederzeit zu beenden."


@dataclass(frozen=True)
class Cast:
    """Who there is: two towns and their Kreis, two teams, and one person of every other role."""

    planner: Person
    colleague: Person
    advisor: Person
    leader: Person
    other_planner: Person
    other_advisor: Person
    kreis: Person
    outsiders: dict[str, Person]

    def everybody(self) -> list[Person]:
        """All of them."""
        people = [part for part in vars(self).values() if isinstance(part, Person)]
        return [*people, *self.outsiders.values()]


@dataclass(frozen=True)
class Advice(Cast):
    """A world with people on both sides, and the way from a request to a case."""

    world: World

    async def call(
        self, person: Person, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """A request in somebody's name; `headers` with underscores for hyphens."""
        sent = await self.world.headers(person) | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.world.client.request(method, f"/v1{path}", json=body, headers=sent)

    async def get(self, person: Person, path: str) -> Any:
        """What somebody reads at a path."""
        answer = await self.call(person, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def create(self, person: Person, path: str, body: Any, **headers: str) -> Any:
        """What a creating request answers."""
        answer = await self.call(
            person, "POST", path, body, Idempotency_Key=once()["Idempotency-Key"], **headers
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def act(
        self, person: Person, path: str, body: Any, method: str = "POST", read: str | None = None
    ) -> httpx.Response:
        """A change that starts from the version its author has just read."""
        record = read or path.rsplit("/", 1)[0]
        answer = await self.call(person, "GET", record if method == "POST" else path)
        assert answer.status_code == 200, answer.text
        return await self.call(person, method, path, body, If_Match=answer.headers["ETag"])

    async def request(self, person: Person | None = None, **changes: Any) -> dict[str, Any]:
        """A request of the planner's, unless somebody else is named."""
        created: dict[str, Any] = await self.create(
            person or self.planner, "/requests", REQUEST | changes
        )
        return created

    async def offer(self, request_id: str, advisor: Person | None = None) -> dict[str, Any]:
        """An agreement proposed for a request; the request."""
        answer = await self.act(
            advisor or self.advisor, f"/requests/{request_id}/agreement", {"text": AGREEMENT}
        )
        assert answer.status_code == 200, answer.text
        offered: dict[str, Any] = answer.json()
        return offered

    async def consent(self, offered: dict[str, Any], person: Person | None = None) -> Any:
        """The case that begins with consent to the offered agreement."""
        return await self.create(
            person or self.planner,
            f"/requests/{offered['id']}/consent",
            {"agreement_version": offered["agreement"]["version"]},
            If_Match=f'"{offered["version"]}"',
        )

    async def case(
        self, person: Person | None = None, advisor: Person | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A case, from request to consent."""
        request = await self.request(person, **changes)
        offered = await self.offer(request["id"], advisor)
        opened: dict[str, Any] = await self.consent(offered, person)
        return opened

    async def entry(self, person: Person, case_id: str, **changes: Any) -> dict[str, Any]:
        """An entry on a case's timeline."""
        body = {
            "kind": "notiz",
            "occurred_on": "2026-03-02",
            "text": "Erstes Gespräch geführt.",
            "visibility": "gemeinsam",
        }
        written: dict[str, Any] = await self.create(
            person, f"/cases/{case_id}/entries", body | changes
        )
        return written

    async def task(self, person: Person, case_id: str, **changes: Any) -> dict[str, Any]:
        """A task in a case."""
        body = {
            "title": "Daten liefern",
            "due_on": in_days(3),
            "side": "kommune",
            "visibility": "gemeinsam",
        }
        given: dict[str, Any] = await self.create(person, f"/cases/{case_id}/tasks", body | changes)
        return given

    async def goal(self, person: Person, case_id: str, words: str = "Ein Ziel") -> dict[str, Any]:
        """A goal proposed in a case."""
        proposed: dict[str, Any] = await self.create(
            person, f"/cases/{case_id}/goals", {"text": words}
        )
        return proposed


def in_days(days: int) -> str:
    """A day from the municipalities' today on, as text."""
    return (datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=days)).isoformat()


def populate(people: People) -> Cast:
    """Fill an empty database with the cast."""
    town = people.organisation("Stadt Musterstadt")
    neighbour = people.organisation("Gemeinde Nachbarort", area_codes=("99001002",))
    kreis = people.organisation("Kreis Musterkreis", "kreis", ("99001",))
    team = people.organisation("Landesberatung", "landesberatung", ("05", "99001"))
    other_team = people.organisation("Zweites Team", "landesberatung", ("06",))

    def person(name: str, place: UUID, role: str) -> Person:
        return Person(people.account(name, place, role), name, place)

    elsewhere = {
        "statistikstelle": people.organisation(
            "Statistikstelle Musterstadt", "statistikstelle", parent_id=town
        ),
        "datenlieferung": town,
        "ministerium": people.organisation("Ministerium", "ministerium", ("05", "99001")),
        "landesamt": people.organisation("Landesamt", "landesamt", ("DG",)),
        "bewilligungsbehoerde": people.organisation(
            "Bewilligungsbehörde", "bewilligungsbehoerde", ("05",)
        ),
        "verwaltung": people.organisation("Plattformbetrieb", "betrieb", ("DG", "99")),
    }
    return Cast(
        planner=person("planung", town, "sozialplanung"),
        colleague=person("kollegin", town, "sozialplanung"),
        advisor=person("beratung", team, "beratung"),
        leader=person("leitung", team, "teamleitung"),
        other_planner=person("nachbar", neighbour, "sozialplanung"),
        other_advisor=person("anderes-team", other_team, "beratung"),
        kreis=person("kreis", kreis, "kreis"),
        outsiders={
            role: person(f"aussen-{role}", place, role) for role, place in elsewhere.items()
        },
    )
