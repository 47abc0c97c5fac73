"""What was left out of a site is told at the end, to people and to scripts."""

import json

import pytest

from bot.kb_shown import Loading

ROW = {"found": 2, "added": 2, "changed": 0, "unchanged": 0, "gone": 0, "failed": 0, "left": 0,
       "notes": ["the crawl ended after 2 pages"]}  # fmt: skip


@pytest.mark.parametrize("sync", [False, True])
def test_people_read_it_on_standard_error(capsys, sync):
    Loading(as_json=False, sync=sync).line({"summary": ROW})
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "frontdesk: the crawl ended after 2 pages"
    assert "2 documents: 2 added" in said.out + said.err


@pytest.mark.parametrize("sync", [False, True])
def test_scripts_get_it_with_the_summary(capsys, sync):
    Loading(as_json=True, sync=sync).line({"summary": ROW})
    said = capsys.readouterr()
    assert json.loads(said.out) == {"summary": ROW} and said.err == ""


def test_where_nothing_was_left_out_each_line_of_kb_add_is_a_document(capsys):
    Loading(as_json=True).line({"summary": ROW | {"notes": []}})
    assert capsys.readouterr().out == ""
