"""The verbs that judge the desk, as a person types them, through a desk that runs."""

import json
import signal

import pytest

from tests.bot.test_cli import Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    shell = Shell(tmp_path_factory.mktemp("judging"))
    (shell.folder / "docs" / "faq.md").write_text(
        "# Keys FAQ\n\nThe admin key is rotated every 60 days with the Bluebell tool.\n\nA lost key costs 20 €.\n"
    )
    shell.rows("kb", "add", "docs")
    with shell.running() as run:
        yield shell
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=20)
        assert run.returncode == 0, errors


def test_the_check_of_the_knowledge_base_names_the_contradiction(shell):
    [found] = [row for row in shell.rows("kb", "review") if row["kind"] == "contradiction"]
    assert {d["source"] for d in found["documents"]} == {"docs/keys.md", "docs/faq.md"}
    told = shell.run("kb", "review")
    assert "CONTRADICTION" in told.stdout
    assert "60 days" in told.stdout


def test_questions_are_proposed_accepted_run_kept_and_drawn(shell):
    [made] = shell.rows("eval", "make", "--count", "1", "--out", "cases.jsonl")
    assert (made["question"], made["accepted"]) == ("What is the price of a lost key?", False)
    refused = shell.run("eval", "cases.jsonl")
    assert refused.returncode == 1
    assert "eval accept" in refused.stderr

    [done] = shell.rows("eval", "accept", "cases.jsonl", "--all")
    assert (done["accepted"], done["waiting"]) == (1, 0)
    [scores] = shell.rows("eval", "cases.jsonl", "--page", "page.html")
    assert (scores["cases"], scores["precision"], scores["compared"]) == (1, 1.0, None)
    assert "<svg" in (shell.folder / "page.html").read_text()
    again = shell.run("eval", "--retrieval-only", "cases.jsonl")
    assert again.returncode == 0, again
    assert "n 1" in again.stdout
    assert [row["retrieval_only"] for row in shell.rows("eval", "--runs")] == [True, False]


def test_a_person_answers_for_each_question(shell):
    file = shell.folder / "two.jsonl"
    cases = [{"id": str(n), "question": f"Question {n}?", "accepted": False} for n in (1, 2)]
    file.write_text("\n".join(map(json.dumps, cases)))
    done = shell.run("eval", "accept", "two.jsonl", said="y\nn\n")
    assert done.returncode == 0, done
    assert done.stdout == "1 accepted, 1 dropped, 0 wait; the file has 1 questions that count\n"


def test_recent_questions_are_asked_again(shell):
    shell.rows("ask", "What does a lost key cost?")
    assert shell.rows("replay")[-1]["summary"]["worse"] == 0
    rows = shell.rows("replay", "--without", "docs/faq.md")
    assert rows[0]["before"]["outcome"] == "answered"
    assert rows[0]["change"] in {"lost", "numbers"}
    assert "20 €" not in rows[0]["after"]["text"]


def test_a_candidates_settings_are_tried_on_a_copy_while_the_desk_runs(shell):
    shell.rows("ask", "How often is the admin key rotated?")
    candidate = shell.folder / "candidate.toml"
    stricter = '[[plugins]]\nuse = "plugins.faq:Faq"\npassages = 1\n'
    candidate.write_text((shell.folder / "frontdesk.toml").read_text() + stricter)
    done = shell.run("--config", str(candidate), "replay", "--json")
    assert done.returncode == 0, done
    assert "candidate.toml" in done.stderr
    first = json.loads(done.stdout.splitlines()[0])
    assert "disagree" in first["before"]["text"]
    assert "disagree" not in first["after"]["text"], "of one passage nothing can be contradicted"
    assert list((shell.folder / "var").glob("aside-*")) == []
    assert "disagree" in shell.rows("ask", "How often is the admin key rotated?")[0]["text"], "the desk is as it was"


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("eval", "--json"), 1, "no answer was corrected"),
        (("eval", "cases.jsonl", "--corrections"), 2, "a FILE or --corrections"),
        (("eval", "accept", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("replay", "--without", "nothing.md"), 1, "nothing.md"),
        (("eval", "cases.jsonl", "--page", "no/page.html"), 1, "no folder"),
    ],
)
def test_what_is_wrong_is_said_in_words(shell, arguments, status, word):
    (shell.folder / "cases.jsonl").touch()
    done = shell.run(*arguments)
    assert done.returncode == status, done
    assert word in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
