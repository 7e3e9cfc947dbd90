"""Settings of the web layer, read from the environment (prefix `QB_`)."""

import secrets
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MINIMUM_SECRET_LENGTH = 32


class WebSettings(BaseSettings):
    """What the web layer must know: where the services are, how cookies are signed, who answers.

    Outside `development` a missing or short `QB_WEB_SECRET` stops the start with a
    `ValidationError` that names the variable; in development a random one is made for the run.
    """

    model_config = SettingsConfigDict(env_prefix="QB_", extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = "production"
    indicator_url: str = "http://127.0.0.1:8001"
    consultation_url: str = "http://127.0.0.1:8002"
    report_url: str = "http://127.0.0.1:8003"
    web_secret: SecretStr = SecretStr("")
    cookie_secure: bool | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_body_bytes: int = Field(default=256 * 1024 * 1024, ge=1024)
    official_label: str = "Plattform für die Sozialplanung in Nordrhein-Westfalen"
    operator_name: str = ""
    contact_name: str = ""
    contact_mail: str = ""
    contact_phone: str = ""

    @property
    def is_development(self) -> bool:
        """Whether generated secrets and cookies without `Secure` are accepted."""
        return self.environment == "development"

    @property
    def has_secure_cookies(self) -> bool:
        """Whether cookies carry `Secure` and the `__Host-` prefix (default outside development)."""
        return not self.is_development if self.cookie_secure is None else self.cookie_secure

    @model_validator(mode="after")
    def _require_secret(self) -> Self:
        secret = self.web_secret.get_secret_value()
        if len(secret) >= MINIMUM_SECRET_LENGTH and len(set(secret)) > 8:
            return self
        if not self.is_development:
            raise ValueError(
                f"QB_WEB_SECRET must hold a random secret of at least {MINIMUM_SECRET_LENGTH} "
                "characters"
            )
        if not secret:
            self.web_secret = SecretStr(secrets.token_urlsafe(48))
        return self
