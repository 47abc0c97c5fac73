"""The command line as a person types it: real processes, embedded defaults, no model."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SETTINGS = '[model]\nuse = "none"\n[health]\nlisten = "127.0.0.1:0"\n'


class Shell:
    """A folder with settings, and the command."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "frontdesk.toml").write_text(SETTINGS)
        (folder / "docs").mkdir()
        (folder / "docs" / "keys.md").write_text(
            "# Keys\n\n## Rotation\n\nThe admin key is rotated every 30 days with the Bluebell tool.\n"
        )
        (folder / "docs" / "holidays.md").write_text("# 假期\n\n春节放假七天,由海棠部门安排。\n")
        self.environment = {k: v for k, v in os.environ.items() if k != "FRONTDESK_CONFIG"} | {"USER": "ann"}

    def run(self, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-c", "from bot.cli import main; main()", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """`frontdesk run`, ready."""
        command = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
        self.desk = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            assert self.desk.stdout.readline() == "ready\n"
            yield self.desk
        finally:
            self.desk.kill()
            self.desk.communicate()

    def rows(self, *arguments: str) -> list[dict]:
        """The JSON of a command that must succeed."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Documents loaded by a command of its own, then a desk that runs: the commands below go through it."""
    shell = Shell(tmp_path_factory.mktemp("shell"))
    assert [r["status"] for r in shell.rows("kb", "add", "docs")] == ["searchable", "searchable"]
    shell.alone = shell.rows("ask", "How often is the admin key rotated?")
    with shell.running() as run:
        yield shell
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=20)
        assert run.returncode == 0, errors


def test_what_was_loaded_is_listed_shown_and_found(shell):
    listed = {r["source"]: r for r in shell.rows("kb", "list")}
    assert set(listed) == {"docs/holidays.md", "docs/keys.md"}
    [shown] = shell.rows("kb", "show", "docs/keys.md")
    assert shown["passages"] == 1
    assert "Bluebell" in shown["text"][0]["text"]
    [found] = shell.rows("kb", "search", "How often is the admin key rotated?")
    assert found["results"][0]["source"] == "docs/keys.md"


def test_an_answer_comes_with_its_source_for_people_and_for_scripts(shell):
    [said] = shell.rows("ask", "How often is the admin key rotated?")
    assert said["outcome"] == "answered"
    assert "Bluebell" in said["text"]
    assert said["sources"][0]["title"] == "Keys"
    told = shell.run("ask", "春节放假几天?")
    assert told.returncode == 0
    assert "海棠" in told.stdout
    assert "[1] 假期" in told.stdout
    assert told.stderr == ""


def test_what_nothing_answers_is_handed_over(shell):
    [said] = shell.rows("ask", "Which wine goes with grilled octopus on Saturn?")
    assert (said["outcome"], said["sources"]) == ("handed_off", [])
    assert said["reason"]


def test_a_conversation_goes_on_where_it_is_named(shell):
    [first] = shell.rows("ask", "How often is the admin key rotated?", "--conversation", "c1")
    assert first["conversation"] == "c1"
    [second] = shell.rows("ask", "And with which tool is it done?", "--conversation", "c1")
    assert "admin key" in second["receipt"]["query"], "the follow-up was searched with what it refers to"


def test_talk_in_the_terminal_reads_lines_and_ends_with_them(shell):
    done = shell.run("chat", said="How often is the admin key rotated?\n/why\n")
    assert done.returncode == 0, done
    assert "Bluebell" in done.stdout
    assert "How the last answer here came about" in done.stdout


def test_a_public_answer_uses_only_what_is_public(shell):
    [said] = shell.rows("ask", "How often is the admin key rotated?", "--audience", "public")
    assert said["outcome"] == "handed_off"


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("kb", "remove", "docs/nothing.md"), 1, "docs/nothing.md"),
        (("kb", "add", "nowhere"), 1, "nowhere"),
        (("kb", "search"), 2, "--batch"),
        (("ask", "x", "--audience", "everybody"), 1, "workspace"),
        (("eval", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("--config", "nowhere.toml", "kb", "list"), 2, "frontdesk init"),
        (("init", "--yes"), 1, "there already"),
    ],
)
def test_what_is_wrong_is_said_in_words(shell, arguments, status, word):
    done = shell.run(*arguments)
    assert done.returncode == status, done
    assert word in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_malformed_database_address_is_a_setting_that_is_wrong(shell, tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text('[database]\nurl = "x"\n')
    done = shell.run("--config", str(file), "kb", "list")
    assert done.returncode == 2, done
    assert "database.url" in done.stderr


def test_index_and_database_are_compared_and_rebuilt(shell):
    assert shell.run("kb", "check").stdout == "The index agrees with the database.\n"
    assert shell.rows("kb", "rebuild")[0]["passages"] == 2
    assert shell.rows("kb", "check") == []


def test_the_doctor_tries_everything(shell):
    done = shell.run("doctor")
    assert done.returncode == 0, done
    for word in ("settings", "model", "reading documents", "embedder", "database", "knowledge base", "2 documents"):
        assert word in done.stdout


def test_questions_with_known_answers_are_scored(shell):
    cases = [
        {"id": "1", "question": "How often is the admin key rotated?", "documents": ["docs/keys.md"]},
        {"id": "2", "question": "春节放假几天?", "documents": ["docs/holidays.md"], "answer": "七天"},
        {"id": "3", "question": "Which wine goes with octopus on Saturn?", "unanswerable": True},
    ]
    (shell.folder / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    [scores] = shell.rows("eval", "cases.jsonl", "--details", "details.jsonl")
    assert (scores["cases"], scores["recall@1"], scores["answered"], scores["handed_off"]) == (3, 1.0, 2, 1)
    assert scores["auroc_answerable"] == 1.0
    assert set(scores["by_language"]) == {"en", "zh"}
    assert len((shell.folder / "details.jsonl").read_text().splitlines()) == 3


def test_settings_are_written_with_what_the_platforms_need(shell, tmp_path):
    done = shell.run("--config", str(tmp_path / "new.toml"), "init", "--yes")
    assert done.returncode == 0, done
    for word in ("app_mentions:read", "/frontdesk", "oauth2/authorize", "SLACK_BOT_TOKEN", "DISCORD_TOKEN"):
        assert word in done.stdout
    listed = shell.run("--config", str(tmp_path / "new.toml"), "kb", "list")
    assert listed.returncode == 0, "the settings are good, tokens or not"


def test_settings_for_several_slack_workspaces_come_with_the_whole_manifest(shell, tmp_path):
    file = str(tmp_path / "several.toml")
    done = shell.run("--config", file, "init", said="acme\ny\ny\nhttps://desk.example.com/\nn\n\n")
    assert done.returncode == 0, done
    app = json.loads(done.stdout[done.stdout.index("\n{") : done.stdout.index("\n}") + 2])
    assert app["oauth_config"]["redirect_urls"] == ["https://desk.example.com/slack/oauth_redirect"]
    assert json.dumps(app).count('"https://desk.example.com/slack/events"') == 3
    switches = ("org_deploy_enabled", "token_rotation_enabled", "socket_mode_enabled")
    assert [app["settings"][name] for name in switches] == [True, True, False]
    assert {"app_uninstalled", "tokens_revoked"} <= set(app["settings"]["event_subscriptions"]["bot_events"])
    assert "https://desk.example.com/slack/install" in done.stdout
    assert shell.run("--config", file, "kb", "list").returncode == 0, "the settings are good"


def test_an_address_that_slack_cannot_send_to_is_said_before_anything_is_written(shell, tmp_path):
    file = tmp_path / "several.toml"
    done = shell.run("--config", str(file), "init", said="acme\ny\ny\nhttp://desk\n")
    assert done.returncode == 1
    assert "https://desk.example.com" in done.stderr
    assert not file.exists()


def test_without_a_desk_that_runs_a_command_does_it_alone(shell):
    assert "Bluebell" in shell.alone[0]["text"]


def test_a_second_desk_on_the_same_data_is_refused(shell):
    second = shell.run("run")
    assert second.returncode == 1
    assert f"process {shell.desk.pid}" in second.stderr
    assert "ready" not in second.stdout


def test_a_document_comes_and_goes_while_the_desk_runs(shell):
    (shell.folder / "extra.md").write_text("# Extra\n\nThe spare key hangs behind the Marigold door.\n")
    assert shell.rows("kb", "add", "extra.md")[0]["status"] == "searchable"
    assert "Marigold" in shell.rows("ask", "Where does the spare key hang?")[0]["text"]
    assert shell.rows("kb", "remove", "extra.md")[0]["removed"]
    assert "Marigold" not in shell.rows("ask", "Where does the spare key hang?")[0]["text"]
