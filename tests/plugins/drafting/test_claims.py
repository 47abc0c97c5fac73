"""Which messages ask for a draft in so many words, and which ask about such texts."""

import pytest

from engine.budget import Budget
from engine.growing import Growing
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Message
from plugins.drafting import Drafting


def claimed(text: str) -> bool:
    said = Message("1", Conversation("web", "main", "ann"), "ann", text, Addressed.DIRECT)
    return Drafting().claims(Turn(said, text, "en", Audience.of("main"), [], None, None, Budget(1, 1, 1), Growing()))


@pytest.mark.parametrize(
    "text",
    [
        "Help me write an announcement about the move",
        "Can you help me write an email to customers",
        "Please help me draft a reply",
        "Summarize this",
        "Summarise this for me",
        "Can you summarize this?",
        "Could you draft a short notice about Friday?",
        "Would you please write an e-mail to the team",
        "write me a poem about tea",
        "Write me an announcement",
        "I need an announcement about the move",
        "I need you to write an email",
        "I'd like you to write a blog post about tea",
        "I want you to draft a newsletter",
        "Let's write a press release about the merger",
        "Give me a summary of this thread",
        "Make an announcement that we move",
        "tl;dr this thread",
        "Draft an announcement",
        "please could you write up a memo",
        "Write a paragraph about our new office",
        "Write a story about a fox",
        "帮我总结这个文档",
        "帮我总结一下",
        "帮我总结一下这个讨论",
        "请帮我写一份公告",
        "幫我寫一封信給客戶",
        "幫我寫公告",
        "能帮我写个通知吗",
        "你能帮我写一封邮件吗？",
        "可以幫我擬一份通知嗎",
        "我想写一篇博客",
        "帮我写一段介绍",
        "總結一下這個討論",
        "请总结上面的内容",
        "麻烦帮我起草一份新闻稿",
        "写一首关于茶的诗",
        "帮我回复这个客户",
        "给客户写一封道歉信",
        "請幫忙寫一則社群貼文",
    ],
)
def test_who_asks_for_a_text_gets_a_draft(text):
    assert claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I write an expense report?",
        "Who writes the newsletter?",
        "Where is the announcement?",
        "寫通知的範本在哪",
        "写信给谁",
        "起草公告需要审批吗",
        "写通知需要谁审批",
        "写邮件的模板在哪里",
        "Who writes the release notes?",
        "What does the announcement say?",
        "公告在哪里发?",
        "公告在哪裡發？",
        "怎么写周报?",
        "谁写发布说明？",
        "Where do I write the notice of leave?",
        "Can I write an email to the CEO?",
        "Can you write emails?",
        "Could you tell me who writes the newsletter?",
        "How can I help write the newsletter?",
        "When is the summary due?",
        "Help me find the announcement about the move",
        "Help me understand the summary",
        "Write access to the wiki: who grants it?",
        "Summarize button does not work, what now?",
        "帮我找一下公告",
        "写公告的流程是什么？",
        "总结会是几点？",
        "总结报告要交给谁？",
        "請問公告由誰寫？",
        "通知在哪里看",
        "I need the announcement from Friday",
        "I need an email address for the help desk",
        "I need a letter of employment, who issues it?",
        "Give me a summary of the leave policy",
        "Make an appointment",
        "Who can help me write a letter of recommendation?",
        "帮我写报销单怎么弄？",
        "写周报要多久？",
        "Prepare for the audit: what do I need?",
    ],
)
def test_who_asks_about_texts_gets_an_answer(text):
    assert not claimed(text)
