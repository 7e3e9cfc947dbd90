"""The service does not start with keys that are missing, of another kind, or a bad pair."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey
from pydantic import ValidationError

from services.consultation_api.settings import ConsultationSettings
from tests.support.keys import signing_key_pair

URL = "postgresql+psycopg://qb_consultation:a-password-of-some-length@/quartierblick"


def _values(**changes: Any) -> dict[str, Any]:
    private, public = signing_key_pair()
    return {
        "QB_CONSULTATION_DATABASE_URL": URL,
        "token_signing_key": private,
        "token_verify_key": public,
        **changes,
    }


def test_a_pair_of_keys_is_accepted() -> None:
    settings = ConsultationSettings(**_values())
    assert settings.access_token_lifetime.total_seconds() == 300
    assert not settings.is_development


def _other_kind() -> str:
    return ECKey.generate_key("P-256").as_pem(private=True).decode()


def _other_pair() -> str:
    return OKPKey.generate_key("Ed25519").as_pem(private=True).decode()


@pytest.mark.parametrize(
    "signing_key", ["", "changeme", signing_key_pair()[1], _other_kind(), _other_pair()]
)
def test_another_signing_key_stops_the_start_and_is_not_shown(signing_key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ConsultationSettings(**_values(token_signing_key=signing_key))
    assert "QB_TOKEN_SIGNING_KEY" in str(caught.value)
    assert "PRIVATE KEY" not in str(caught.value)


def test_the_administrators_database_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QB_DATABASE_URL", "postgresql://postgres@/postgres")
    monkeypatch.delenv("QB_CONSULTATION_DATABASE_URL", raising=False)
    values = _values()
    del values["QB_CONSULTATION_DATABASE_URL"]
    with pytest.raises(ValidationError, match="QB_CONSULTATION_DATABASE_URL"):
        ConsultationSettings(**values)


def test_a_weak_database_password_stops_the_start_outside_development() -> None:
    weak = "postgresql+psycopg://qb_consultation:geheim@/quartierblick"
    with pytest.raises(ValidationError, match="password"):
        ConsultationSettings(**_values(QB_CONSULTATION_DATABASE_URL=weak))
