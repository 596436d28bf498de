"""Settings: PORTFOLIO_* and .env, and nothing else that looks like them."""

from pathlib import Path

import pytest

from portfolio.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTFOLIO_DATABASE_URL", raising=False)


def test_without_any_settings_the_database_is_a_file_in_the_working_folder():
    settings = load_settings({})

    assert settings.database_url == "sqlite:///portfolio.sqlite"
    assert settings.idempotency_hours == 24


def test_a_misspelt_variable_is_refused_with_a_hint():
    with pytest.raises(SettingsError) as refusal:
        load_settings({"PORTFOLIO_DATABASE_URI": "sqlite://"})

    assert str(refusal.value) == (
        "There is no setting PORTFOLIO_DATABASE_URI. Did you mean PORTFOLIO_DATABASE_URL?"
    )


def test_a_variable_like_no_setting_is_refused_without_a_hint():
    with pytest.raises(SettingsError, match=r"no setting PORTFOLIO_ZZZ\.$"):
        load_settings({"PORTFOLIO_ZZZ": "1"})


def test_the_variables_of_tests_and_benches_are_let_be():
    load_settings({"PORTFOLIO_TEST_ENGINE": "sqlite", "PORTFOLIO_BENCH_URL": "x", "PATH": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTFOLIO_LOG_LEVEL", "loud"),
        ("PORTFOLIO_POOL_SIZE", "0"),
        ("PORTFOLIO_POOL_SIZE", "many"),
        ("PORTFOLIO_MAX_BODY_BYTES", "10"),
        ("PORTFOLIO_IDEMPOTENCY_HOURS", "-1"),
    ],
)
def test_a_value_that_can_not_be_used_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_settings_are_read_from_a_env_file_and_the_environment_comes_first(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("PORTFOLIO_LOG_LEVEL=error\nPORTFOLIO_POOL_SIZE=7\n")
    monkeypatch.setenv("PORTFOLIO_POOL_SIZE", "9")

    settings = load_settings()

    assert (settings.log_level, settings.pool_size) == ("error", 9)


def test_a_misspelt_name_in_the_env_file_is_refused(tmp_path):
    (tmp_path / ".env").write_text("PORTFOLIO_LOG_LEVLE=error\n")

    with pytest.raises(SettingsError, match="PORTFOLIO_LOG_LEVLE"):
        load_settings()


def test_what_others_keep_in_the_env_file_is_let_be(tmp_path):
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=x\nPORTFOLIO_POOL_SIZE=7\n")

    assert load_settings().pool_size == 7
