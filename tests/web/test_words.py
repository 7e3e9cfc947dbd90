"""Words for rights and browsers agree with what the services know."""

import pytest

from services.consultation_api.identity.api_keys.rules import MACHINE_RIGHTS as ALLOWED
from tests.support.databases import TestDatabase
from web.browsers import browser_name
from web.rights import MACHINE_RIGHTS, RIGHT_LABELS

WINDOWS = "Mozilla/5.0 (Windows NT 10.0)"
MACOS = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"
ANDROID = "Mozilla/5.0 (Linux; Android 14)"


def test_keys_are_offered_exactly_the_rights_a_machine_may_have() -> None:
    assert set(MACHINE_RIGHTS) == ALLOWED


def test_every_right_of_every_role_has_words(database: TestDatabase) -> None:
    rows = database.execute("SELECT DISTINCT right_code FROM identity.role_right")
    known = {str(right) for (right,) in rows}
    assert known <= set(RIGHT_LABELS)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{WINDOWS} Gecko/20100101 Firefox/140.0", "Firefox auf Windows"),
        (f"{MACOS} Version/17.0 Safari/605.1", "Safari auf macOS"),
        (f"{WINDOWS} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge auf Windows"),
        (f"{IPHONE} Safari/604.1", "Safari auf iPhone"),
        (f"{ANDROID} Chrome/140.0 Mobile Safari/537.36", "Chrome auf Android"),
        ("curl/8.5.0", "Anderes Programm"),
        (None, "Anderes Programm"),
    ],
)
def test_browsers_are_named_as_their_owners_do(user_agent: str | None, name: str) -> None:
    assert browser_name(user_agent) == name
