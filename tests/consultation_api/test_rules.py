"""The rules of identity, without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation_api.identity.accounts import rules as accounts
from services.consultation_api.identity.api_keys import rules as api_keys
from services.consultation_api.identity.area_codes import is_covered, outside
from services.consultation_api.identity.memberships import rules as memberships
from services.consultation_api.identity.organisations import rules as organisations
from services.consultation_api.identity.sessions import rules as sessions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CODES = st.from_regex(r"[0-9]{2,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("code", "roots", "expected"),
    [
        ("05315000", ("05",), True),
        ("05315000", ("05315",), True),
        ("05315", ("05315000",), False),
        ("06", ("05",), False),
        ("05", ("DG",), True),
        ("DG", ("DG",), True),
        ("DG", ("05",), False),
        ("99001001", ("DG",), False),
        ("99001001", ("05", "99001"), True),
        ("05", (), False),
    ],
)
def test_an_area_lies_in_its_roots(code: str, roots: tuple[str, ...], expected: bool) -> None:
    assert is_covered(code, roots) is expected


@given(root=CODES, below=st.from_regex(r"[0-9]{0,6}", fullmatch=True))
def test_whatever_lies_below_a_root_is_covered(root: str, below: str) -> None:
    assert is_covered(root + below, [root])


@given(codes=st.lists(CODES), roots=st.lists(CODES))
def test_outside_is_what_is_not_covered(codes: list[str], roots: list[str]) -> None:
    beyond = outside(codes, roots)
    assert [code for code in codes if not is_covered(code, roots)] == beyond
    assert outside(beyond, codes) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("zu kurz", "password_too_short"),
        ("planung.muster", "password_is_name"),
        ("Planung.Muster-2026!", "password_is_name"),
        ("planung.musterplanung.muster", "password_is_name"),
        ("121212121212", "password_too_simple"),
        ("aaaaaaaaaaaaaaaa", "password_too_simple"),
    ],
)
def test_a_bad_password_is_named(password: str, code: str) -> None:
    faults = accounts.password_faults(password, ("planung.muster", "Planung Muster"))
    assert [fault.code for fault in faults] == [code]


@pytest.mark.parametrize(
    "password", ["Ahorn-Brücke-Laterne", "vier Wörter sind genug", "planung.muster mag Kuchen"]
)
def test_a_good_password_needs_no_special_characters(password: str) -> None:
    assert accounts.password_faults(password, ("planung.muster", "Planung Muster")) == []


@given(st.text(max_size=accounts.SHORTEST_PASSWORD - 1))
def test_no_short_password_is_accepted(password: str) -> None:
    assert accounts.password_faults(password, ("name",))


@given(st.text())
def test_normalising_a_name_twice_changes_nothing(name: str) -> None:
    once = accounts.normalise_name(name)
    if accounts.is_possible_name(once):
        assert accounts.normalise_name(once) == once


def test_new_keys_are_well_formed_and_never_alike() -> None:
    made = [api_keys.new_key() for _ in range(200)]
    for prefix, key in made:
        assert api_keys.KEY_PATTERN.fullmatch(key)
        assert key.startswith(f"qbk_{prefix}_")
    assert len({key for _, key in made}) == 200


def _key_faults(**changes: object) -> list[str]:
    values: dict[str, object] = {
        "rights": ["deliveries:create", "deliveries:read"],
        "creator_rights": {"deliveries:create", "deliveries:read", "api_keys:manage"},
        "area_codes": ["99001001"],
        "organisation_area_codes": ["99001"],
        "expires_at": NOW + timedelta(days=400),
        "now": NOW,
        "longest_life": timedelta(days=400),
        **changes,
    }
    return [fault.code for fault in api_keys.faults(**values)]  # type: ignore[arg-type]


def test_a_key_within_all_limits_is_fine() -> None:
    assert _key_faults() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rights": ["api_keys:manage"]}, "right_not_for_machines"),
        ({"rights": ["invented:right"]}, "right_not_for_machines"),
        ({"rights": ["releases:read"]}, "right_beyond_own"),
        ({"rights": ["deliveries:create"]}, "right_incomplete"),
        ({"area_codes": ["05"]}, "area_outside"),
        ({"expires_at": NOW}, "expiry_passed"),
        ({"expires_at": NOW + timedelta(days=400, seconds=1)}, "expiry_too_far"),
    ],
)
def test_a_key_beyond_a_limit_is_refused(changes: dict[str, object], code: str) -> None:
    assert _key_faults(**changes) == [code]


@given(st.sets(st.sampled_from(sorted({*api_keys.MACHINE_RIGHTS, "accounts:manage"}))))
def test_a_key_never_gets_a_right_its_maker_lacks(rights: set[str]) -> None:
    made = not _key_faults(rights=rights, creator_rights={"deliveries:read"})
    assert made == (rights <= {"deliveries:read"})


TOWN = organisations.Parent("kommune", "Stadt Musterstadt", ("99001001",))
STATE = organisations.Parent("landesamt", "Landesamt", ("DG",))


@pytest.mark.parametrize(
    ("kind", "areas", "parent", "codes"),
    [
        ("kommune", ["99001001"], None, []),
        ("statistikstelle", ["99001001"], TOWN, []),
        ("statistikstelle", ["99001001"], None, ["parent_missing"]),
        ("statistikstelle", ["05"], TOWN, ["area_outside"]),
        ("statistikstelle", ["05"], STATE, ["parent_kind"]),
        ("kreis", ["99001001"], TOWN, ["parent_not_allowed"]),
    ],
)
def test_only_a_statistics_office_is_part_of_an_administration(
    kind: str, areas: list[str], parent: organisations.Parent | None, codes: list[str]
) -> None:
    assert [fault.code for fault in organisations.faults(kind, areas, parent)] == codes


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"organisation_kind": "kommune"}, ["role_not_here"]),
        ({"area_codes": []}, ["area_codes_empty"]),
        ({"area_codes": ["05"]}, ["area_outside"]),
        ({"valid_until": date(2026, 3, 1)}, []),
        ({"valid_until": date(2026, 2, 28)}, ["date_passed"]),
    ],
)
def test_a_membership_fits_its_organisation(changes: dict[str, object], codes: list[str]) -> None:
    values: dict[str, object] = {
        "role_label": "Ministerium",
        "role_kinds": ["ministerium"],
        "organisation_name": "Ministerium",
        "organisation_kind": "ministerium",
        "organisation_area_codes": ["99"],
        "area_codes": None,
        "valid_until": None,
        "today": NOW.date(),
        **changes,
    }
    faults = memberships.faults(**values)  # type: ignore[arg-type]
    assert [fault.code for fault in faults] == codes


def test_one_works_on_where_one_worked_last() -> None:
    first, second, gone = uuid4(), uuid4(), uuid4()
    assert sessions.choose_place([first, second], second) == second
    assert sessions.choose_place([first, second], gone) == first
    assert sessions.choose_place([first, second], None) == first
    assert sessions.choose_place([], gone) is None


def test_an_access_token_ends_after_its_life() -> None:
    account, session = uuid4(), uuid4()
    claims = sessions.access_claims(
        issuer="i",
        audience="a",
        account_id=account,
        session_id=session,
        now=NOW,
        lifetime=timedelta(seconds=300),
    )
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["sub"], claims["sid"]) == (str(account), str(session))
