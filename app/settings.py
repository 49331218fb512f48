"""Everything that can be set from outside, by environment variables that begin with GEHOOR_."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["app", "worker", "owner", "superuser", "backup"]

FIELD_OF: dict[Role, str] = {
    "app": "database_url",
    "worker": "worker_database_url",
    "owner": "owner_database_url",
    "superuser": "superuser_database_url",
    "backup": "backup_database_url",
}


class SettingsError(ValueError):
    """Settings that this command needs are missing or wrong; the message is a sentence for each, with its variable."""


class Settings(BaseSettings):
    """Read by the entry points only; each process needs no more than its own addresses and secrets.

    Raises SettingsError, which repeats no value: it may be a secret.
    """

    model_config = SettingsConfigDict(
        env_prefix="GEHOOR_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="Database of the API, as the role gehoor_app: postgresql+asyncpg://role:password@host:port/database"
        " (for TLS with ?sslmode=verify-full behind it; a sign like # or / in a password is written as %23 or %2F).",
    )
    worker_database_url: SecretStr | None = Field(
        default=None, description="The same database as the role gehoor_worker; for `worker`."
    )
    owner_database_url: SecretStr | None = Field(
        default=None, description="The same database as the role gehoor_owner; for `migrate`, never for a server."
    )
    superuser_database_url: SecretStr | None = Field(
        default=None, description="The server's database postgres as a superuser; only for `roles`."
    )
    backup_database_url: SecretStr | None = Field(
        default=None, description="The same database as the role gehoor_backup; only for `verify`."
    )
    backup_password: SecretStr | None = Field(
        default=None, description="Password that `roles` gives to the role gehoor_backup."
    )
    pool_size: int = Field(
        default=8,
        ge=1,
        le=100,
        description="Database connections per process, one organisation has never all of them; 4 to 8 is best.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the API listens on; 0 takes a free one.")
    processes: int = Field(default=1, ge=1, le=64, description="API processes on this machine; one per core is best.")
    form_pace: int | None = Field(
        default=None, ge=1, description="Complaints a minute that each process takes from one website's key; else 600."
    )
    cursor_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs the cursors of lists; the same for every API process, at least 32 characters.",
    )
    sealing_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Seals the passwords and secrets in the database and makes reply addresses; the same for every"
        " process, at least 32 characters, kept where no backup of the database is.",
    )
    objects: str = Field(
        default="objects",
        description="Where files and mails lie: a folder, which is made (one that does not begin with / in the"
        " directory in which the process was started), or s3://bucket/prefix, az://..., gs://...; the same for all.",
    )
    clamav: str | None = Field(
        default=None,
        description="clamd as host:port or the path of its socket; without one files are not looked into. Its"
        " StreamMaxLength must be 25M at least (our largest file): a file that it cannot look into stays in quarantine,"
        " and is tried again after longer and longer, up to an hour.",
    )
    mail_host: str | None = Field(
        default=None, description="Mail server for organisations that named none of their own."
    )
    mail_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    mail_security: Literal["tls", "starttls", "none"] = Field(
        default="starttls", description="How the line to it is closed to others; without that no password is sent."
    )
    mail_username: str | None = Field(default=None, description="Its user name, when it asks for one.")
    mail_password: SecretStr | None = Field(default=None, description="Its password.")
    mail_address: str | None = Field(default=None, description="The address that its mail comes from.")
    mail_name: str | None = Field(default=None, description="The name beside that address.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least serious message that is logged."
    )

    def __init__(self, *needed: str, **given: Any) -> None:
        """`needed`: fields without which this command cannot work."""
        faults = {}
        try:
            super().__init__(**given)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)
            faults = {str(each["loc"][0]): _sentence(each) for each in wrong}
            # once more with these left out, to see in one go what is missing too
            super().__init__(**{**given, **{field: type(self).model_fields[field].default for field in faults}})
        asked = (*needed, "mail_address") if self.mail_host is not None else needed
        missing = {field: _missing(field) for field in asked if getattr(self, field) is None}
        if told := missing | faults:
            raise SettingsError("\n".join(told[field] for field in type(self).model_fields if field in told))

    @field_validator("log_level", "mail_security", mode="before")
    @classmethod
    def _small(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word

    def url(self, role: Role) -> str:
        """The database address for that role. Raises SettingsError when it is not set."""
        return self.secret(FIELD_OF[role])

    def secret(self, field: str) -> str:
        """The text of a secret setting by its field's name. Raises SettingsError when it is not set."""
        value: SecretStr | None = getattr(self, field)
        if value is None:
            raise SettingsError(_missing(field))
        return value.get_secret_value()


def variable(field: str) -> str:
    """The environment variable of a field."""
    return f"GEHOOR_{field.upper()}"


def _missing(field: str) -> str:
    return f"{variable(field)} is not set."


def _sentence(wrong: Mapping[str, Any]) -> str:
    name = variable(str(wrong["loc"][0]))
    if wrong["type"] == "too_short":  # pydantic counts what it calls items
        return f"{name} has to have at least {wrong['ctx']['min_length']} characters."
    return f"{name}: {wrong['msg']}."
