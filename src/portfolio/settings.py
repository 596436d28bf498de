"""How this process is set up: `PORTFOLIO_*` variables, or a `.env` in the working folder."""

import difflib
import os
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

PREFIX = "PORTFOLIO_"
# The test suite and the benches have variables of their own.
FOREIGN = ("PORTFOLIO_TEST_", "PORTFOLIO_BENCH_")
MIB = 1024 * 1024


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
    public_url: str = Field(default="", pattern=r"^(https?://[^\s\"<>]{1,200})?$")
    pool_size: int = Field(default=40, ge=1, le=500)


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
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else PREFIX
        raise SettingsError(f"{name}: {first['msg']}.") from error


def _unknown(name: str) -> SettingsError:
    known = sorted(name.upper() for name in Settings.model_fields)
    close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), known, n=1)
    hint = f" Did you mean {PREFIX}{close[0]}?" if close else ""
    return SettingsError(f"There is no setting {name}.{hint}")
