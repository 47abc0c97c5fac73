"""The image and the compose file, read: no engine runs them here, so what can be read from them is checked."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from engine.config import DEFAULT_PLUGINS, Settings, load
from engine.plugin import Plugin
from engine.plugin import load as load_class
from engine.tool_settings import ToolServer

FOLDER = Path(__file__).parent.parent / "docker"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
EXAMPLE = FOLDER / "frontdesk.example.toml"
#: The example with everything that is switched off switched on.
EVERYTHING = re.sub(r"^#(?=[\[a-z])", "", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
ENVIRONMENT = {
    "FRONTDESK_DATABASE_URL": "postgresql+psycopg://frontdesk:letters@postgres:5432/frontdesk",
    "FRONTDESK_WEB_SECRET": "a long text for the tests",
    "VLLM_API_KEY": "any",
    "FRONTDESK_AUDIT_KEY": "some",
}


def variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text))


def test_the_bot_runs_as_nobody_in_particular_and_tells_how_it_is():
    last_stage = DOCKERFILE.split("\nFROM ")[-1]

    assert re.search(r"^USER (?!root)\w+$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert "/healthz" in last_stage
    assert "pip install" not in last_stage, "what installs stays in the first stage"


def test_everything_in_the_image_is_checked_against_its_hash():
    lines = re.sub(r"\\\n", " ", DOCKERFILE).splitlines()
    installs = [c for line in lines if line.startswith("RUN") for c in line.split("&&") if "pip install" in c]

    assert len(installs) == 3
    assert all("--require-hashes" in c or ("--no-deps" in c and "--no-build-isolation" in c) for c in installs)


def test_what_is_copied_into_the_image_is_not_ignored():
    ignore = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = [word for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
              for word in line.split()[1:-1]]  # fmt: skip

    assert copied
    assert "*" in ignore
    assert [word for word in copied if f"!{word}" not in ignore] == []
    assert [word for word in copied if not (FOLDER.parent / word).exists()] == []


def test_every_image_is_pinned_by_a_tag():
    images = [i for s in SERVICES.values() if (i := s["image"])] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert images
    assert [i for i in images if not re.search(r":v?\d+\.\d+", i)] == []


def test_nothing_is_published_but_the_chat_page_and_that_on_loopback_only():
    published = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}

    assert list(published) == ["bot"]
    assert [port.split(":")[0] for port in published["bot"]] == ["127.0.0.1"]


@pytest.mark.parametrize("name", ["vllm", "postgres"])
def test_the_model_server_and_the_database_are_reached_by_the_bot_alone(name):
    """Their networks lead nowhere, and hold nobody else: vLLM's key does not guard all that it offers."""
    (network,) = SERVICES[name]["networks"]

    assert COMPOSE["networks"][network] == {"internal": True}
    assert {n for n, s in SERVICES.items() if network in s["networks"]} == {name, "bot", "worker"}


def test_the_model_server_has_a_gpu():
    devices = SERVICES["vllm"]["deploy"]["resources"]["reservations"]["devices"]

    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]


def test_every_worker_has_a_data_folder_of_its_own():
    """A second `run` on the same data is refused."""
    folders = [v.split(":")[0] for n in ("bot", "worker") for v in SERVICES[n]["volumes"] if "/var/lib/frontdesk" in v]

    assert len(set(folders)) == 2
    assert {
        v for s in SERVICES.values() for v in (x.split(":")[0] for x in s.get("volumes", [])) if "/" not in v
    } == set(COMPOSE["volumes"])


def test_no_secret_is_written_into_the_compose_file():
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if secret.search(name):
                assert re.fullmatch(r"\$\{[A-Z_]+:[?-][^}]*\}", value), f"{name}: {value}"
    for needed in ("POSTGRES_PASSWORD", "FRONTDESK_WEB_SECRET", "VLLM_API_KEY", "FRONTDESK_AUDIT_KEY"):
        assert f"${{{needed}:?" in (FOLDER / "compose.yaml").read_text("utf-8"), f"{needed} may not be left out"


def test_every_variable_of_the_compose_file_is_in_the_example_of_the_environment():
    named = set(re.findall(r"^([A-Z_]+)=", (FOLDER / "env.example").read_text("utf-8"), re.MULTILINE))

    assert variables((FOLDER / "compose.yaml").read_text("utf-8")) == named


def test_the_environment_that_the_example_settings_read_is_handed_to_the_bot():
    assert variables(EVERYTHING) - {"NAME"} <= set(SERVICES["bot"]["environment"])


def test_the_example_settings_load_as_they_are():
    loaded = load(EXAMPLE, ENVIRONMENT)

    assert not loaded.missing
    assert loaded.settings.model.use == "vllm"
    assert [c["use"] for c in loaded.settings.channels] == ["bot.web:Web"]
    loaded.require("database", "model", "channels", "plugins")


def test_the_health_check_asks_where_the_example_settings_listen():
    assert f"http://{load(EXAMPLE, ENVIRONMENT).settings.health.listen}/healthz" in DOCKERFILE


def test_the_example_settings_name_every_setting_and_no_other():
    shown = tomllib.loads(EVERYTHING)

    expected = {name: set(field.annotation.model_fields) for name, field in Settings.model_fields.items()
                if hasattr(field.annotation, "model_fields")}  # fmt: skip
    assert {name: set(shown[name]) for name in expected} == expected
    assert set(shown) == set(Settings.model_fields)
    for kind in ("channels", "plugins"):
        for table in shown[kind]:
            fields = set(load_class(table["use"], kind).model_fields)
            of_all = set(Plugin.model_fields) if kind == "plugins" else set()  # each is shown once
            assert fields - of_all <= set(table) - {"use"} <= fields, table["use"]
    assert set(Plugin.model_fields) <= {name for table in shown["plugins"] for name in table}
    assert {t["use"] for t in shown["plugins"]} == set(DEFAULT_PLUGINS)
    assert {name for table in shown["tools"] for name in table} == set(ToolServer.model_fields)
