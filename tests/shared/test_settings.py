"""Outside development a service does not start with a secret that is weak or missing."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.indicator_api.settings import IndicatorSettings
from services.report_api.settings import ReportSettings
from services.shared.settings import KNOWN_DEFAULT_SECRETS
from tests.support.keys import signing_key_pair

STRONG = "kastanie-laterne-47"


def values(password: str, **changes: Any) -> dict[str, Any]:
    """Settings with this password in the database's URL."""
    return {
        "QB_INDICATOR_DATABASE_URL": f"postgresql+psycopg://qb_indicator:{password}@/qb",
        "token_verify_key": signing_key_pair()[1],
        "object_store_url": "file:///srv/objects",
        **changes,
    }


def test_production_is_what_is_meant_when_nothing_is_said() -> None:
    settings = IndicatorSettings(**values(STRONG))
    assert settings.environment == "production"
    assert not settings.is_development


@pytest.mark.parametrize("password", ["", "kurz", *sorted(KNOWN_DEFAULT_SECRETS)])
def test_a_weak_password_stops_the_start_without_being_shown(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        IndicatorSettings(**values(password))
    assert "password in the database URL" in str(refused.value)
    if len(password) > 4:
        assert f":{password}@" not in str(refused.value)
    assert IndicatorSettings(**values(password, environment="development")).is_development


def test_a_key_that_is_none_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="QB_TOKEN_VERIFY_KEY"):
        IndicatorSettings(**values(STRONG, token_verify_key="x"))


@pytest.mark.parametrize("missing", ["QB_INDICATOR_DATABASE_URL", "token_verify_key"])
def test_a_missing_setting_stops_the_start(missing: str) -> None:
    with pytest.raises(ValidationError):
        IndicatorSettings(**{key: value for key, value in values(STRONG).items() if key != missing})


def test_the_environment_is_where_settings_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QB_REPORT_DATABASE_URL", f"postgresql+psycopg://qb_report:{STRONG}@/qb")
    monkeypatch.setenv("QB_TOKEN_VERIFY_KEY", signing_key_pair()[1])
    monkeypatch.setenv("QB_OBJECT_STORE_URL", "file:///srv/quartierblick")
    monkeypatch.setenv("QB_MAX_BODY_BYTES", "4096")
    settings = ReportSettings()  # type: ignore[call-arg]  # from the environment
    assert settings.max_body_bytes == 4096
    assert STRONG not in repr(settings)
