"""Secrets of the demo: kept before they are used, private, stable."""

import stat
from pathlib import Path

from deploy.demo.credentials import CredentialStore


def test_a_password_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    password = CredentialStore(path).password("kreis")
    assert len(password) >= 20
    assert CredentialStore(path).password("kreis") == password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_passwords_differ(tmp_path: Path) -> None:
    store = CredentialStore(tmp_path / "credentials.json")
    assert store.password("kreis") != store.password("beratung")


def test_an_api_key_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    store = CredentialStore(path)
    assert store.api_key("landesamt") is None
    store.keep_api_key("landesamt", "qbk_example_secret")
    assert CredentialStore(path).api_key("landesamt") == "qbk_example_secret"
