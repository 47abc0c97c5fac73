"""Which messages are for the snippets plugin, by their words alone: nobody's ordinary question is."""

import csv
import json
import time
from pathlib import Path

import pytest

from bot.samples import __file__ as samples
from engine import Past
from engine.attached import Attached
from engine.budget import Budget
from engine.growing import Growing
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Message
from plugins.snippets import Snippets
from plugins.snippets.asking import understood

DEMO = Path(__file__).parents[1] / "data" / "demo_cases.jsonl"
PAGES = Path(samples).parent / "pages"
SNIPPET = Past((), "Write a function", "…", "en", plugin="snippets", kept={"code": "x = 1", "language": "python"})
TRACE = "Traceback (most recent call last):\n  File \"app.py\", line 7, in main\n    go()\nKeyError: 'id'"


def turn(text: str, *, after: Past | None = None, attached: tuple[Attached, ...] = (), talk: str = "") -> Turn:
    said = Message("1", Conversation("web", "main", "ann"), "ann", text, Addressed.DIRECT)
    past = [after] if after else []
    made = Turn(said, text, "en", Audience.of("main"), past, None, None, Budget(1, 1, 1), Growing())
    made.attached = attached
    made.talk = [Past((), talk, "", "en")] if talk else []
    return made


def claimed(text: str, **more: object) -> bool:
    return Snippets().claims(turn(text, **more))


@pytest.mark.parametrize(
    "text",
    [
        "Write a Python function that reverses a list",
        "can you write me a small script which renames all files in a folder?",
        "Give me a regex for ISO dates",
        "Show me how to call the Harbour API in Go",
        "I need a SQL query that counts orders by month",
        "please write unit tests for a stack",
        "Convert this to Rust:\n```python\nprint(1)\n```",
        "用 Python 写一个快速排序",
        "帮我写一个正则表达式，匹配手机号",
        "写一段 Go 代码读取文件",
        "写一个函数，计算阶乘",
        "What does this do?\n```js\nconst f = x => x * 2\n```",
        "解释这段代码\n```\ndef f(x):\n    return x\n```",
        "review this: ```go\nfunc main() {}\n```",
        "What is wrong here?\n```\nfor i in range(3)\n    print(i)\n```",
        f"fix this error\n{TRACE}",
        f"Why?\n```\n{TRACE}\n```",
        "please review:\n\ndef f(x):\n    y = x / 0\n    return y",
    ],
)
def test_a_message_that_plainly_asks_for_code_or_brings_some_is_for_it(text):
    assert claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I configure the rate limit?",
        "How do I configure this plugin?\n```yaml\nplugins:\n  - limit-count\n```",
        'Which of these is right?\n```json\n{"a": 1}\n```',
        "Show me the command that lets the old Harbour key expire two days later.",
        "Give me the discount code for students",
        "What is the code for the garage door?",
        "I need the script of the promo video",
        "Write an article about error handling in Go",
        "Write an announcement about our loyalty program",
        "Write an e-mail to the customer that explains the Python migration",
        "Where do I go to get a parking permit?",
        "Who teaches the yoga class that starts on Monday?",
        "Explain the warranty",
        "Review policy?",
        "What does the fleet service cost?",
        "What does `harbour keys retire` do?",
        "折扣代码是多少？",
        "请写一篇介绍 Python 的文章",
        "插件生成代码，容易误提交，如何避免？",
    ],
)  # fmt: skip
def test_an_ordinary_question_or_a_text_to_write_is_not(text):
    assert not claimed(text)


def test_none_of_the_demos_own_questions_is_claimed_nor_of_its_entries():
    """Neither as they are nor right after a snippet: a question about documents is the documents'."""
    asked = [json.loads(line)["question"] for line in DEMO.read_text("utf-8").splitlines()]
    for file in sorted(PAGES.glob("*/faq.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            asked += [value for row in csv.DictReader(rows) for value in row.values() if value and value[-1] in "?？"]
    headings = [line.lstrip("# ") for f in PAGES.glob("*/*.md") for line in f.read_text("utf-8").splitlines()
                if line.startswith("#")]  # fmt: skip
    assert len(asked) > 80
    assert len(headings) > 50

    assert [text for text in (*asked, *headings) if claimed(text)] == []
    assert [text for text in asked if claimed(text, after=SNIPPET)] == []


@pytest.mark.parametrize(
    "text",
    ["now in Go", "add error handling", "please make it shorter", "without recursion", "换成 Rust", "加上注释",
    "and in C#?",
     "what does line 2 do?", "why did you use a dict?", "what if the list is empty?", "Thanks! Now add type hints",
     "explain it", "translate it to Go", "更短一点"],
)  # fmt: skip
def test_what_goes_on_with_a_snippet_is_for_it_and_only_then(text):
    assert claimed(text, after=SNIPPET)
    assert not claimed(text)
    assert not claimed(text, after=Past((), "q", "a", "en", plugin="faq"))


def test_a_file_with_code_and_a_wish_is_for_it_and_any_other_file_is_not():
    code = Attached("app.py", ("def f(x):\n", "    return x / 0\n"))
    assert claimed("Review this", attached=(code,))
    assert claimed("What does this do?", attached=(code,))
    assert not claimed("Review this", attached=(Attached("contract.md", ("# Contract",)),))
    assert not claimed("How long is the warranty?", attached=(code,))

    request = understood(turn("Review this", attached=(code,)))
    assert (request.kind, request.file, request.code) == ("review", "app.py", "def f(x):\n    return x / 0")
    assert request.language
    assert request.language.name == "python"


@pytest.mark.parametrize(
    ("text", "kind", "wanted", "code"),
    [
        ("Write a Go function that adds", "write", "go", ""),
        ("Convert this from Python to Rust\n```py\nx = 1\n```", "change", "rust", "x = 1"),
        ("what does this do?```let x = 1;```", "explain", None, "let x = 1;"),
        ("```sql\nselect 1\n```\nany problems?", "review", None, "select 1"),
        (f"fix this\n```python\ngo()\n\n{TRACE}\n```", "fix", None, "go()"),
        (f"fix this error\n```\n{TRACE}\n```", "fix", None, ""),
    ],
)
def test_what_is_asked_is_told_from_the_code(text, kind, wanted, code):
    request = understood(turn(text))

    assert (request.kind, request.code) == (kind, code)
    assert (request.wanted.name if request.wanted else None) == wanted


def test_code_that_people_showed_each_other_before_is_what_this_means():
    """As when somebody names the bot below a colleague's message."""
    request = understood(turn("can you review this?", talk="look:\n```go\nfunc f() {}\n```"))
    assert (request.kind, request.code) == ("review", "func f() {}")


@pytest.mark.parametrize("text", ["a " * 4_000, "write " * 1_300, "x = (" * 1_600, "```" * 2_600, "at a(b:1:1)\n" * 600,
                                  "  at " + "x" * 7_000, "\n" * 8_000, "写" * 8_000, 'File "' * 1_300,
                                  "f(" * 3_900])  # fmt: skip
def test_no_message_takes_long_to_look_at(text):
    """Every message of everybody comes by here."""
    began = time.thread_time()
    claimed(text)
    claimed(text, after=SNIPPET)

    assert time.thread_time() - began < 1.0  # of this thread alone: however busy the machine is
