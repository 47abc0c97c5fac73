"""Secrets appear in no log."""

import subprocess
import sys

import pytest

from bot.logs import Redactor

SLACK = "xoxb" + "-1234-5678-abcdefgh"  # in two pieces, so that no scanner takes it for a real one


@pytest.mark.parametrize(
    "secret",
    [
        SLACK,
        "xapp" + "-1-A0-1-0123456789abcdef",
        "Bearer " + "abcdefgh12345678",
        "sk-" + "abcdefghijklmnop",
        "eyJhbGciOiJI" + ".eyJzdWIiOiIx.c2ln",
        "MTIzNDU2Nzg5MDEyMzQ1Njc4" + "OTAx.GhIjKl.abcdefghijklmnopqrstuvwxyz12",
    ],
)
def test_what_has_the_shape_of_a_secret_is_taken_out(secret):
    told = Redactor()(f"before {secret} behind")
    assert secret.removeprefix("Bearer ") not in told
    assert told.startswith("before")
    assert told.endswith("behind")


def test_a_password_in_an_address_is_taken_out():
    assert Redactor()("postgresql://me:hunter22@host/db") == "postgresql://[secret]@host/db"


def test_the_secrets_of_the_settings_are_taken_out_wherever_they_stand():
    event = Redactor(["correct horse"]).process(
        None, "", {"event": "x", "nested": {"list": ["a correct horse b"]}, "error": ValueError("correct horse")}
    )
    assert "correct horse" not in repr(event)


PROGRAM = f"""
import logging, structlog
from bot import logs
logs.set_up(["hunter2hunter2"])
structlog.get_logger("bot.x").warning("started", token="hunter2hunter2", other="{SLACK}")
logging.getLogger("slack_sdk").error("sent %s", "hunter2hunter2")
try:
    raise RuntimeError("hunter2hunter2")
except RuntimeError:
    structlog.get_logger("bot.x").exception("it broke")
raise SystemError("hunter2hunter2")
"""


def test_tracebacks_and_the_logs_of_libraries_go_through_it_too():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "hunter2" not in run.stderr + run.stdout
    assert SLACK not in run.stderr
    for word in ("started", "sent", "it broke", "it ended unexpectedly", "RuntimeError", "SystemError"):
        assert word in run.stderr
    assert run.stdout == ""
