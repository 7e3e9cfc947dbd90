"""The small world's office with a public release, in front of the pages of reports."""

from dataclasses import dataclass

from tests.support.people import PASSWORD
from tests.web.asserting_client import AssertingClient, Page
from tests.web.delivery_world import Office

TOWN = "99001001"
HIDDEN_TOWN = "99001002"
KREIS = "99001"
NO_FIGURES = "05999000"
LAND = "05"

# The second town's latest count is below the minimum of three: it is hidden.
FIGURES = "area;period;measure;value\n" + "".join(
    f"{area};{year};lb;{entitled}\n{area};{year};ew;{inhabitants}\n"
    for year, counts in {2022: (100, 40, 60), 2023: (110, 30, 70), 2024: (120, 2, 80)}.items()
    for area, entitled, inhabitants in (
        (TOWN, counts[0], 1000),
        (HIDDEN_TOWN, counts[1], 900),
        ("99001003", counts[2], 800),
        (KREIS, sum(counts), 2700),
    )
)
NEWER_FIGURES = "area;period;measure;value\n99001001;2024;lb;125\n"


@dataclass
class Desk:
    """Someone who may make reports, and the office whose figures are in them."""

    office: Office
    browser: AssertingClient

    async def begin(self, area: str = TOWN, *, expect: int = 303) -> Page:
        """Ask for a report by the form beside its preview; the answer."""
        draft = await self.browser.get(f"/berichte/neu?gebiet={area}")
        names = ("vorlage", "gebiet", "karte", "verlauf", "idempotency_key")
        form = draft.find(".//form[@action='/berichte'][@method='post']")
        fields = {field.get("name"): field.get("value") or "" for field in form.iter("input")}
        data = {name: fields[name] for name in names}
        return await self.browser.post("/berichte", data, expect=expect)

    async def make(self, area: str = TOWN) -> str:
        """Have a report made; its address."""
        begun = await self.begin(area)
        await self.office.stack.run_report_jobs()
        return begun.location

    async def colleague(self, name: str, role: str, area: str = TOWN) -> "Desk":
        """Another organisation's account, logged in."""
        people = self.office.stack.people
        kind = "landesberatung" if role == "beratung" else "kommune"
        place = people.organisation(f"Stelle {name}", kind, (area,))
        people.account(name, place, role)
        browser = AssertingClient(self.office.app)
        await browser.log_in(name, PASSWORD)
        return Desk(self.office, browser)


async def open_desk(office: Office) -> Desk:
    """The office's figures delivered and released for everybody."""
    await office.deliver(FIGURES)
    await office.publish(await office.prepare())
    return Desk(office, office.browser)
