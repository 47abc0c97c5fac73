"""The bench of snippets measures something: what passes a problem's tests, and that nothing it runs gets out."""

import pytest

from engine.model import ModelSettings
from engine.model.served import ServedModel
from tests.bench.humaneval import code_of, measure, passes
from tests.stand_ins.fake_model import FakeModel

PROBLEM = {
    "task_id": "T/0", "entry_point": "double", "prompt": 'def double(x):\n    """ Twice x. """\n',
    "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(5) == 10\n",
}  # fmt: skip
RIGHT = "def double(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("code", "right"),
    [
        (RIGHT, True),
        ("def double(x):\n    return x * x\n", False),
        ("", False),
        ("import sys\nsys.exit(0)\n", False),
        (f"import socket\nsocket.socket()\n{RIGHT}", False),
        (f"import os\nos.fork()\n{RIGHT}", False),
        (f"open('made', 'w')\n{RIGHT}", False),
        (f"x = bytearray(1 << 31)\n{RIGHT}", False),
    ],
)
def test_a_problem_is_passed_by_code_that_passes_its_tests_within_the_walls(code, right):
    assert passes(PROBLEM, code, []) is right


async def test_plain_first_and_repaired_are_told_apart_and_what_was_kept_is_not_asked_for_again(tmp_path):
    """Plain writes what is wrong, the plugin's first try does not parse, its second is right."""
    async with FakeModel() as server:
        for answer in (
            f"```python\n{RIGHT}```",
            "```python\ndef double(x:\n```",
            "```python\ndef double(x):\n    pass\n```",
        ):
            server.rule("", "script", text=answer, times=1)
        # The newest rule goes first: plain is asked last for the first problem, so its answer comes last.
        server.rules = [server.rules[1], server.rules[2], server.rules[0]]
        model = ServedModel(ModelSettings(use="vllm", url=f"{server.url}/v1"))
        await model.ready()
        result = await measure([PROBLEM], model, [], tmp_path / "answers.jsonl")
        asked = len(server.requests)
        again = await measure([PROBLEM], model, [], tmp_path / "answers.jsonl")
        await model.close()
        assert (again, len(server.requests)) == (result, asked)

    assert (result["n"], result["second_rounds"]) == (1, 1)
    assert result["passed"] == {"plain": 0, "first": 0, "repaired": 1}
    assert result["fences"] == {"all": 1, "parse": 1, "replies_that_say_not": 0}


def test_the_first_code_of_a_reply_counts():
    assert code_of("Here:\n```text\nno\n```\n```python\nx = 1\n```\n```go\ny\n```") == "x = 1"
