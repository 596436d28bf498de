"""How this process is set up: `PORTFOLIO_*` variables, or a `.env` in the working folder."""

import difflib
import os
from collections.abc import Mapping, MutableMapping
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from portfolio.setting_values import (
    Algorithms,
    Hosts,
    Issuer,
    Networks,
    Origins,
    Rate,
    RoleNames,
)

PREFIX = "PORTFOLIO_"
# The test suite and the benches have variables of their own.
FOREIGN = ("PORTFOLIO_TEST_", "PORTFOLIO_BENCH_")
MIB = 1024 * 1024
WEB_ADDRESS = r"^(https?://[^\s\"<>]{1,200})?$"


class SettingsError(ValueError):
    """A setting is misspelt or has a value that can't be used; the text says which."""


class Settings(BaseSettings):
    """Read once, at start; nothing else looks at the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    database_url: str = "sqlite:///portfolio.sqlite"
    max_body_bytes: int = Field(default=4 * MIB, ge=1024)
    max_upload_bytes: int = Field(default=100 * MIB, ge=1024)
    idempotency_hours: int = Field(default=24, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    # What links to this service begin with, where it is not what clients call it by.
    public_url: str = Field(default="", pattern=WEB_ADDRESS)
    pool_size: int = Field(default=40, ge=1, le=500)
    # A PostgreSQL standby that may answer reads, and how far behind others' changes it may be.
    read_database_url: str = Field(default="", pattern=r"^(postgresql.*)?$")
    replica_lag_seconds: float = Field(default=10, ge=0, le=3600)
    # On PostgreSQL, of the server; commands take the time they need.
    statement_timeout_seconds: int = Field(default=60, ge=1, le=3600)
    # Of all processes of `serve` together; each counts for itself, and takes its share.
    rate_per_key: Rate = "6000/minute"
    rate_per_address: Rate = "6000/minute"
    uploads_per_address: Rate = "300/hour"
    workers: int = Field(default=1, ge=1, le=64)
    # In each process.
    max_connections: int = Field(default=1000, ge=10, le=20_000)
    # A connection that waits for its next request; a proxy in front should let go of it first.
    keep_alive_seconds: int = Field(default=20, ge=1, le=600)
    # A body must come at this pace, looked at each time that so long has been waited for it.
    body_grace_seconds: int = Field(default=20, ge=1, le=600)
    body_bytes_per_second: int = Field(default=2048, ge=1)
    # Lists with commas between, and empty: no other origin, no proxy, any name of this host.
    cors_origins: Origins = ""
    trusted_proxies: Networks = ""
    allowed_hosts: Hosts = ""
    # A proxy is told for so long that this process ends, before it does; then what has begun may
    # take so long.
    stop_delay_seconds: float = Field(default=0, ge=0, le=600)
    stop_seconds: int = Field(default=60, ge=1, le=3600)
    # A collector of OpenTelemetry traces, by HTTP: http://127.0.0.1:4318. Empty: no traces.
    otlp_endpoint: str = Field(default="", pattern=WEB_ADDRESS)
    # The municipality's identity provider; its access tokens are taken beside keys. Empty: none.
    oidc_issuer: Issuer = Field(default="", max_length=500)
    # What its tokens must say that they are for.
    oidc_audience: str = Field(default="", max_length=500)
    oidc_algorithms: Algorithms = "RS256,PS256,ES256"
    # How far its clock and ours may differ.
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    # Claims, with dots into objects. Of roles {"value": "role"}; empty: values are our roles.
    oidc_role_claim: str = Field(default="roles", min_length=1, max_length=200)
    oidc_roles: RoleNames = ""
    oidc_department_claim: str = Field(default="", max_length=200)
    oidc_bodies_claim: str = Field(default="", max_length=200)
    oidc_name_claim: str = Field(default="", max_length=200)
    # Bad keys or tokens from one address, before it has to wait; empty: any number.
    failed_sign_ins: Rate = "20/minute"
    # How often it is written when keys were last used; 0: never.
    key_use_seconds: int = Field(default=60, ge=0, le=3600)
    # Of the published view. A prefix is registered with the Open Contracting Partnership.
    oc4ids_prefix: str = Field(default="oc4ids-xxxxxx", pattern=r"^oc4ids-[a-z0-9]{6}$")
    publisher_name: str = Field(default="Municipality", min_length=1, max_length=200)
    publisher_scheme: str = Field(default="", max_length=100)
    publisher_uid: str = Field(default="", max_length=100)
    open_data_licence: str = Field(
        default="https://creativecommons.org/publicdomain/zero/1.0/", pattern=WEB_ADDRESS
    )
    # Where it is written what the published data are and how they come about.
    open_data_policy: str = Field(default="", pattern=WEB_ADDRESS)

    @model_validator(mode="after")
    def _signs_in_whole(self) -> Self:
        """Refuse an identity provider of which something is missing."""
        missing = [name for name in ("oidc_issuer", "oidc_audience") if not getattr(self, name)]
        given = sorted(name for name in self.model_fields_set if name.startswith("oidc_"))
        given = [name for name in given if getattr(self, name)]
        if missing and given:
            raise ValueError(f"{PREFIX}{given[0].upper()} needs {PREFIX}{missing[0].upper()} too")
        if '"department"' in self.oidc_roles and not self.oidc_department_claim:
            raise ValueError(
                f"{PREFIX}OIDC_ROLES gives the role department, so "
                f"{PREFIX}OIDC_DEPARTMENT_CLAIM must name the claim with its department"
            )
        return self


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings, or raise `SettingsError` that names what is wrong.

    pydantic-settings lets a misspelt variable be, and refuses every name in `.env` that is not
    its own, those of other programs too; so names are checked here.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted([*environment, *DotEnvSettingsSource(Settings).env_vars]):
        spelling = name.upper()
        ours = spelling.startswith(PREFIX) and not spelling.startswith(FOREIGN)
        if ours and spelling not in known:
            raise _unknown(spelling)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = f"{PREFIX}{str(first['loc'][0]).upper()}: " if first["loc"] else ""
        raise SettingsError(f"{name}{reason}.") from error


def hand_down(environment: MutableMapping[str, str] = os.environ, **values: object) -> None:
    """Let the processes that this one starts have these settings."""
    environment.update({PREFIX + name.upper(): str(value) for name, value in values.items()})


def _unknown(name: str) -> SettingsError:
    known = sorted(name.upper() for name in Settings.model_fields)
    close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), known, n=1)
    hint = f" Did you mean {PREFIX}{close[0]}?" if close else ""
    return SettingsError(f"There is no setting {name}.{hint}")
