"""A recording keeps the shape of what platforms send, and nobody's words, names, ids or addresses."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redacting import _VOCABULARY, Redactor

EVENT = {
    "team_id": "T024BE7LD", "api_app_id": "A012ABCD0A0", "event_id": "Ev0PV52K21", "event_time": 1763769600,
    "type": "event_callback",
    "event": {
        "type": "message", "subtype": "file_share", "channel_type": "im", "channel": "D024BE91L", "user": "U2147483697",
        "ts": "1763769600.000200", "thread_ts": "1763769500.000100",
        "text": "Hi <@U2147483697|bob>, Größe 42 für 王小明? "
                "see <https://intern.example.org/pay?id=7|pay slip> <!here> &lt;b&gt;",
        "files": [{"id": "F0123ABC9", "name": "salaries.xlsx", "size": 1234, "mode": "hosted",
                   "url_private": "https://files.slack.com/files-pri/T024BE7LD-F0123ABC9/salaries.xlsx"}],
    },
}  # fmt: skip
PRIVATE = ("024BE7LD", "U2147483697", "bob", "Größe", "42", "王", "pay", "intern", "salaries", "F0123ABC9", "D024BE91L",
           "1763769600", "Ev0PV52K21", "A012ABCD0A0")  # fmt: skip


def test_nobodys_words_names_ids_times_and_addresses_stay():
    line = json.dumps(Redactor().redact(EVENT), ensure_ascii=False)

    assert [word for word in PRIVATE if word in line] == []


def test_what_readers_need_stays():
    said = Redactor().redact(EVENT)
    event = said["event"]

    assert (said["type"], event["type"], event["subtype"], event["channel_type"]) == (
        "event_callback", "message", "file_share", "im",
    )  # fmt: skip
    assert event["user"].startswith("U")
    assert event["channel"].startswith("D")
    assert event["text"].startswith(f"Xx <@{event['user']}|xxx>, Xxxxx 00 xxx 字字字? ")
    assert "<https://example.com/x|xxx xxxx> <!here> &lt;x&gt;" in event["text"]
    assert event["files"][0]["url_private"] == "https://files.slack.com/x"
    assert float(event["ts"]) - float(event["thread_ts"]) == pytest.approx(100.0001)
    assert (event["files"][0]["size"], event["files"][0]["mode"]) == (1234, "hosted")


def test_the_same_id_becomes_the_same_other_one_and_others_stay_others():
    redact = Redactor().redact
    one, other = redact({"user": "U2147483697"}), redact({"user": "U2147483698"})

    assert redact({"author": {"id": "U2147483697"}})["author"]["id"] == one["user"] != other["user"]
    assert redact("1048576000000000001") == redact("1048576000000000001") != redact("1048576000000000002")
    assert len(redact("1048576000000000001")) == 19 or redact("1048576000000000001").isdigit()


def test_a_word_of_the_platform_that_stands_elsewhere_is_taken_for_somebodys():
    said = Redactor().redact({"type": "message", "text": "message", "name": "message", "value": "im"})

    assert said == {"type": "message", "text": "xxxxxxx", "name": "xxxxxxx", "value": "xx"}


def test_our_own_buttons_stay_so_that_a_press_can_be_replayed():
    said = Redactor().redact(
        {"actions": [{"action_id": "fd_helpful", "value": "slack:T1:secret"}], "command": "/frontdesk"}
    )

    assert said == {"actions": [{"action_id": "fd_helpful", "value": "xxxxx:X0:xxxxxx"}], "command": "/frontdesk"}


def test_a_table_that_is_keyed_by_names_loses_them():
    said = Redactor().redact({"values": {"Alice Miller": {"U2147483697": 1}}})

    assert "Alice" not in json.dumps(said)
    assert "U2147483697" not in json.dumps(said)


#: What may stay of a text: marks, and the letters that an id begins with or is made of.
KEPT = ("https://example.com/x", "<!here>", "<!channel>", "<!everyone>", "&lt;", "&gt;", "&amp;")
IDS = "EvTUWCDGBAFSREC"


def texts(node, key=""):
    """All strings, but for those in places where the platform's own words stand."""
    if isinstance(node, dict):
        return [t for k, v in node.items() for t in texts(v, k)]
    if isinstance(node, list):
        return [t for v in node for t in texts(v, key)]
    return [node] if isinstance(node, str) and key not in _VOCABULARY else []


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20,
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_no_letter_of_any_text_stays_and_nothing_breaks_it(value):
    letters = set()
    for text in texts(Redactor().redact(value)):
        letters |= {c for c in re.sub("|".join(map(re.escape, KEPT)), "", text) if c.isalpha()}

    assert letters <= set("xX字") | set(IDS)


def test_a_secret_is_seen_before_it_is_written():
    redactor = Redactor(["xoxb-1", ""])

    assert redactor.leaks('{"a":"xoxb-1"}')
    assert not redactor.leaks('{"a":"xxxx-0"}')
