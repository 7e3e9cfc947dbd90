"""Settings of report_api."""

from pydantic import Field, SecretStr

from services.shared.settings import ServiceSettings


class ReportSettings(ServiceSettings):
    """The common settings, with this service's own database role."""

    database_url: SecretStr = Field(validation_alias="QB_REPORT_DATABASE_URL")
    object_store_url: str
