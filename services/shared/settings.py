"""Settings every service has, read from the environment (prefix `QB_`)."""

from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MINIMUM_SECRET_LENGTH = 16
KNOWN_DEFAULT_SECRETS = frozenset(
    {"quartierblick", "postgres", "password", "passwort", "secret", "changeme", "geheim", "admin"}
)


def is_weak_secret(secret: str) -> bool:
    """True for a secret that is short or that everybody knows."""
    return len(secret) < MINIMUM_SECRET_LENGTH or secret.lower() in KNOWN_DEFAULT_SECRETS


class ServiceSettings(BaseSettings):
    """Settings common to the services; each service adds its database.

    Outside `development` a weak or missing secret stops the start with a `ValidationError`
    that names the variable.
    """

    model_config = SettingsConfigDict(env_prefix="QB_", extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = "production"
    database_url: SecretStr
    token_verify_key: str
    object_store_url: str = ""
    max_body_bytes: int = Field(default=256 * 1024 * 1024, ge=1024)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    database_pool_size: int = Field(default=8, ge=1, le=100)
    statement_timeout_ms: int = Field(default=30_000, ge=100)

    @property
    def is_development(self) -> bool:
        """Whether the weak secrets of a development machine are accepted."""
        return self.environment == "development"

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        if self.is_development:
            return self
        url = urlsplit(self.database_url.get_secret_value())
        if is_weak_secret(unquote(url.password or "")):
            raise ValueError(
                "the password in the database URL is missing, too short "
                f"(under {MINIMUM_SECRET_LENGTH} characters) or a well-known default"
            )
        if "PUBLIC KEY" not in self.token_verify_key:
            raise ValueError("QB_TOKEN_VERIFY_KEY must hold a public key in PEM form")
        return self
