"""Words after a draft that its buttons are for: known by themselves, and told from wishes and questions."""

from __future__ import annotations

import time

import pytest

from plugins.drafting.handing_out import wants_out


@pytest.mark.parametrize(
    "said",
    [
        "Post it to #general",
        "post this in #news please",
        "Can you post it to the news channel?",
        "publish it",
        "Great, now publish the announcement in #all-staff",
        "share it with everyone",
        "please send it to <#C0NEWS|news>",
        "put it into #general",
        "post it",
        "Post version 2 to #news",
        "export it as HTML",
        "Export this as a Markdown file",
        "export",
        "download the draft as pdf",
        "save it as a file",
        "give me the draft as a word document",
        "发布到 #general",
        "请把它发到公告频道",
        "把这份公告发布到 #news 吧",
        "发布",
        "导出为 HTML",
        "导出成 Markdown 文件",
        "請匯出",
        "把草稿發到群組裡",
        "下载草稿",
    ],
)
def test_what_the_buttons_do_is_known(said: str) -> None:
    assert wants_out(said)


@pytest.mark.parametrize(
    "said",
    [
        "shorter",
        "write a post about lunch",
        "put it in the first paragraph",
        "put it in past tense",
        "save the date",
        "How do I export the user list?",
        "export the list of users",
        "Who may post to #general?",
        "send it to Ann's boss",
        "make it a post for #general",
        "mention that we post the menu in #general",
        "How do I publish a page?",
        "post mortem",
        "Share of costs: add a line",
        "say that we send it to everybody on Friday",
        "download speed is too low",
        "如何导出报表？",
        "加一句：请发到公告频道",
        "改成发布说明",
        "发布日期改为周五",
        "导出功能怎么用？",
        "写一份发布说明",
    ],
)
def test_wishes_and_questions_are_not(said: str) -> None:
    assert not wants_out(said)


@pytest.mark.parametrize("one", ["please ", "post it in ", "请", "#a ", "export it as a a ", "把它"])
def test_it_is_told_at_once_whatever_is_said(one: str) -> None:
    began = time.thread_time()
    assert not wants_out(one * (8_000 // len(one)))
    assert not wants_out((one * 120)[:119] + "§")
    assert time.thread_time() - began < 5
