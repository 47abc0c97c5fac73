"""The verbs of the knowledge base as a person types them: alone, and through a desk that runs."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from tests.bot.test_cli import Shell

COMMAND = [sys.executable, "-c", "from bot.cli import main; main()"]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Its documents are loaded by a command of its own."""
    shell = Shell(tmp_path_factory.mktemp("kb"))
    shell.added = shell.run("kb", "add", "docs", "nowhere", "--owner", "user:U7", "--every", "1d")
    return shell


def test_each_document_is_told_as_it_ends_and_the_sum_goes_to_standard_error(shell):
    assert shell.added.returncode == 1
    lines = shell.added.stdout.splitlines()
    assert sorted(line.split()[0] for line in lines) == ["failed", "searchable", "searchable"]
    assert shell.added.stderr.splitlines()[-1] == "3 documents: 2 added, 1 failed"
    rows = [json.loads(line) for line in shell.run("kb", "add", "docs", "--json").stdout.splitlines()]
    assert {row["status"] for row in rows} == {"unchanged"}
    assert all(list(row) == ["source", "document", "status", "reason", "passages"] for row in rows)


def test_sync_tells_what_changed(shell):
    [source] = shell.rows("kb", "list", "--sources")
    assert (source["source"], source["kind"], source["documents"], source["every_s"]) == ("docs", "path", 2, 86400)
    (shell.folder / "docs/new.md").write_text("# New\n\nThe canteen opens at noon.\n")
    done = shell.run("kb", "sync")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 documents: 1 added, 2 unchanged")
    assert done.stdout.splitlines()[0].startswith("searchable docs/new.md")
    (shell.folder / "docs/new.md").unlink()
    rows = shell.rows("kb", "sync", "docs", "--purge")
    assert rows[-1]["summary"]["gone"] == 1
    assert {row["source"]: row["status"] for row in rows[:-1]}["docs/new.md"] == "gone"


def test_an_entry_is_kept_found_and_given_to_another_audience(shell):
    [entry] = shell.rows("kb", "entry", "--question", "Where is the kiosk?", "--answer", "In hall 7.", "--variant",
                         "kiosk place", "--expires", "90d")  # fmt: skip
    assert entry["source"].startswith("faq:") and entry["expires"] > time.time() + 80 * 86_400
    [found] = shell.rows("kb", "search", "kiosk place")
    assert found["results"][0]["text"].endswith("In hall 7.")
    assert shell.run("kb", "audience", entry["source"], "room:C1").stdout == f"{entry['source']} is now for room:C1\n"
    assert shell.run("kb", "audience", entry["source"], "everybody").returncode == 1


def test_the_audit_says_who_did_what_and_that_it_is_intact(shell):
    rows = shell.rows("audit", "--since", "1d")
    assert ("kb add", "docs/keys.md") in {(row["action"], row["subject"]) for row in rows}
    assert all(row["actor"].startswith("terminal:") for row in rows)
    [verdict] = shell.rows("audit", "--verify")
    assert verdict["intact"] and verdict["rows"] == len(rows)
    told = shell.run("audit", "--verify", "--head", verdict["head"], "--count", str(verdict["rows"] + 1))
    assert told.returncode == 1 and "cut off" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("kb", "add", "docs", "--every", "often"), "6h"),
        (("kb", "add", "docs", "--every", "1m"), "5m"),
        (("kb", "add", "docs", "--expires", "2001-01-01"), "past"),
        (("kb", "sync", "--every", "1d"), "named"),
        (("audit", "--head", "x"), "--verify"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_what_to_write(shell, arguments, word):
    done = shell.run(*arguments)
    assert done.returncode == 2 and word in done.stderr


def test_what_is_no_source_cannot_be_synced(shell):
    done = shell.run("kb", "sync", "nothing")
    assert done.returncode == 1 and "kb list --sources" in done.stderr


@pytest.mark.parametrize("through", ["alone", "a desk that runs"])
def test_ctrl_c_cancels_and_says_so(tmp_path, through):
    shell = Shell(tmp_path)
    for n in range(400):
        (shell.folder / f"docs/page{n}.md").write_text(f"# Page {n}\n\nThe code of this page is {n}.\n")
    if through == "alone":
        status, said = interrupted(shell)
    else:
        with shell.running():
            status, said = interrupted(shell)
    assert status == 130 and "cancelled" in said and "documents were not loaded" in said
    loaded = len(shell.rows("kb", "list"))
    assert 0 < loaded < 402
    assert "cancelled" in {row["action"].split()[-1] for row in shell.rows("audit")}


def interrupted(shell):
    """`kb add`, and Ctrl-C after the first document."""
    process = subprocess.Popen([*COMMAND, "kb", "add", "docs", "--json"], cwd=shell.folder, env=shell.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def test_removing_many_is_asked_about_on_a_terminal_and_nowhere_else(shell):
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND, "kb", "remove", "docs"], cwd=shell.folder, env=shell.environment,
                               stdin=theirs, stdout=theirs, stderr=theirs)  # fmt: skip
    os.close(theirs)
    said = b""
    while b"?" not in said:
        said += os.read(ours, 1000)
    os.write(ours, b"n\n")
    assert process.wait(timeout=60) == 1
    os.close(ours)
    assert b"Remove 2 documents from docs?" in said
    assert {"docs/keys.md", "docs/holidays.md"} <= {row["source"] for row in shell.rows("kb", "list")}
    assert len(shell.rows("kb", "remove", "docs", "--purge")) == 2
    assert not [row for row in shell.rows("kb", "list") if row["source"].startswith("docs")]


def test_entries_are_written_out_edited_in_a_file_and_loaded_again(shell):
    second = ("--second-question", "几点吃午饭？", "--second-answer", "十二点。")
    shell.run("kb", "entry", "--question", "When is lunch?", "--answer", "At noon.", *second)
    listed = shell.run("kb", "entries", "--csv").stdout
    assert listed.splitlines()[0].startswith("id,question,variants,answer,question_2")
    (shell.folder / "faq.csv").write_text(listed.replace("At noon.", "At one."))
    rows = shell.rows("kb", "add", "faq.csv")
    assert {row["status"] for row in rows} == {"searchable", "unchanged"}
    [lunch] = [row for row in shell.rows("kb", "entries") if row["question"] == "When is lunch?"]
    assert (lunch["answer"], lunch["answer_2"]) == ("At one.", "十二点。")
    (shell.folder / "faq.csv").write_text("question,answer,owner\nWhen?,,Ann\n")
    done = shell.run("kb", "add", "faq.csv")
    assert done.returncode == 1
    assert "line 2: there is no answer" in done.stdout
