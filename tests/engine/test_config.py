"""Settings are read, checked and explained."""

from pathlib import Path

import pytest

from engine.config import find, load
from engine.errors import SettingsError
from plugins.echo import Echo


def settings(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "frontdesk.toml"
    file.write_text(text, encoding="utf-8")
    return file


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(settings(tmp_path, text), {})
    return str(caught.value)


def test_without_a_file_everything_has_a_default():
    loaded = load(None, {})
    assert loaded.settings.data.path == Path("var")
    assert type(loaded.plugins[0]).__name__ == "Faq"


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ('workspac = "x"', "workspac", "workspace"),
        ("[modle]\n", "modle", "model"),
        ('[data]\npaht = "x"', "data.paht", "path"),
        ('[[plugins]]\nuse = "plugins.echo:Echo"\nprefx = "x"', "plugins[0].prefx", "prefix"),
        ('[[channels]]\nuse = "bot.slack:Slack"\nbot_tokn = "x"', "channels[0].bot_tokn", "bot_token"),
    ],
)
def test_an_unknown_setting_names_the_nearest(tmp_path, text, wrong, right):
    said = complaint(tmp_path, text)
    assert wrong in said
    assert right in said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[[plugins]]\nuse = "plugins.nothing:Here"', "plugins.nothing"),
        ('[[plugins]]\nuse = "plugins.echo:Nobody"', "Nobody"),
        ('[[plugins]]\nuse = "plugins.echo"', "module:Class"),
        ("[[plugins]]\n", "use"),
        ('[[plugins]]\nuse = "engine.types:Message"', "no channel or plugin"),
        ("workspace = ", "TOML"),
        ("[desk]\nconcurrency = 0", "desk.concurrency"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, text, word):
    said = complaint(tmp_path, text)
    assert word in said
    assert "\n" not in said


def test_a_value_that_is_a_name_is_read_from_the_environment(tmp_path):
    file = settings(tmp_path, '[database]\nurl = "$DB"\n[[plugins]]\nuse = "plugins.echo:Echo"\nprefix = "$PREFIX"')
    loaded = load(file, {"DB": "sqlite://", "PREFIX": "well: "})
    assert loaded.settings.database.url.get_secret_value() == "sqlite://"
    assert isinstance(loaded.plugins[0], Echo)
    assert loaded.plugins[0].prefix == "well: "
    assert set(loaded.secrets) == {"sqlite://", "well: "}


def test_a_missing_variable_is_named_when_it_is_needed(tmp_path):
    loaded = load(settings(tmp_path, '[database]\nurl = "$NO_SUCH_DB"'), {})
    loaded.require("channels")
    with pytest.raises(SettingsError, match=r"NO_SUCH_DB.*database\.url"):
        loaded.require("database")


def test_secrets_are_not_in_what_a_setting_looks_like(tmp_path):
    loaded = load(settings(tmp_path, '[database]\nurl = "$DB"'), {"DB": "postgresql+psycopg://u:hunter22@h/d"})
    assert "hunter22" not in repr(loaded.settings)


def test_the_file_is_found_where_it_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find(None, {}) is None
    (tmp_path / "frontdesk.toml").touch()
    assert find(None, {}) == Path("frontdesk.toml")
    assert find(None, {"FRONTDESK_CONFIG": "other.toml"}) == Path("other.toml")
    assert find(Path("given.toml"), {"FRONTDESK_CONFIG": "other.toml"}) == Path("given.toml")
    with pytest.raises(SettingsError, match="frontdesk init"):
        load(Path("given.toml"), {})
