"""The page in a real browser: what a person sees and does."""

from __future__ import annotations

import pytest
import pytest_asyncio

from bot.channel import Button, Entry, Form
from engine.types import Reply, Source
from tests.web.browser import FOUND, browsing
from tests.web.desk import MANUAL, answered, serving

pytestmark = [
    pytest.mark.skipif(not FOUND, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.asyncio(loop_scope="module"),
]
EXAMPLE = "How do I charge it?"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def started(tmp_path_factory):
    async with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def browser(started):
    yield started
    await started.close_pages()


async def asked(page, desk, text, count=1):
    """Type a question and wait until it has arrived as the desk's so-manieth."""
    await page.eval("document.getElementById('ask').focus()")
    await page.type(text)
    await page.press("Enter")
    await desk.arrived(count)


async def test_a_visit(browser, tmp_path):
    """An example, an answer that grows, its sources, a button; then a reload, and everything is still there."""
    async with serving(title="Lamp desk", examples=[EXAMPLE]) as (base, desk):
        page = await browser.page(width=390, height=844)
        await page.open(base + "/")
        await page.wait("document.querySelector('#examples button')")
        await page.click("#examples button")
        await page.wait("document.querySelector('.state.busy')")
        async with desk.answering(await desk.arrived()) as growing:
            growing.add("Use the **cable** [1].")
            await page.wait("document.querySelector('.writing .text strong').textContent === 'cable'")
            growing.finish(answered("Use the **cable** [1].\n\n```sh\nlamp --charge\n```", MANUAL))
        await page.wait("document.querySelector('.card').href === 'https://docs.example/lamp#charging'")
        await page.click(".marker")
        await page.wait("document.activeElement === document.querySelector('.card')")
        await page.click("[data-action=helpful]")
        await page.wait("document.querySelector('.note').textContent.includes('noted')")
        assert desk.pressed_[0].action == "helpful"
        assert await page.eval("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out on a phone"

        await page.eval("window.old = true; location.reload()")
        pressed = "document.querySelector('[data-action=helpful]')?.getAttribute('aria-pressed') === 'true'"
        await page.wait(f"!window.old && {pressed}")
        assert await page.eval("document.querySelector('.code pre').textContent") == "lamp --charge\n"
        assert await page.eval("document.querySelector('#list a').textContent") == EXAMPLE
        assert browser.problems == []


async def test_who_waits_sees_and_hears_the_place_and_then_the_answer(browser):
    async with serving() as (base, desk):
        page = await browser.page(language="zh-CN")
        await page.open(base + "/")
        await asked(page, desk, "怎么充电？")
        async with desk.answering(desk.last) as growing:
            growing.tell("*正在排队，第 3 位，大约还要 20 秒。*")
            await page.wait("document.querySelector('.state.busy').innerText.includes('第 3 位，大约还要 20 秒')")
            assert (
                await page.eval("document.getElementById('said').textContent") == "正在排队，第 3 位，大约还要 20 秒。"
            )
            assert await page.eval("document.querySelector('.text').innerText") == ""
            assert await page.eval("document.querySelector('article.writing') === null"), "nothing is being written yet"
            growing.open()
            growing.add("请用数据线。")
            await page.wait("document.querySelector('.writing .text')?.innerText === '请用数据线。'")
            await page.wait("document.querySelector('.state').hidden")
            assert await page.eval("document.getElementById('said').textContent") == "正在撰写回答。"
            growing.finish(answered("请用数据线。"))
        await page.wait("document.querySelector('[data-action=helpful]')")
        assert browser.problems == []


async def test_the_page_says_when_a_model_has_come(browser):
    writer = {"name": "", "awaited": True}
    async with serving() as (base, desk):
        desk.web.use(desk, lambda: writer)
        page = await browser.page(language="zh-CN")
        sooner = "const later = setTimeout; window.setTimeout = (f, ms) => later(f, Math.min(ms, 100))"
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=sooner)
        await page.open(base + "/")
        await page.wait("document.getElementById('writer').textContent.includes('还没有模型')")
        writer = {"name": "Qwen 1.5B", "awaited": False}
        await page.wait("document.getElementById('writer').textContent === '现在由 Qwen 1.5B 撰写回答。'")
        assert await page.eval("document.getElementById('said').textContent") == "现在由 Qwen 1.5B 撰写回答。"
        assert not await page.eval("document.getElementById('writer').hidden")
        assert browser.problems == []


async def test_the_keyboard(browser):
    """Enter sends, Shift+Enter does not, and while a word is composed Enter belongs to the input method."""
    async with serving() as (base, desk):
        page = await browser.page()
        await page.open(base + "/")
        await page.wait("document.activeElement.id === 'ask'")
        await page.type("first line")
        await page.press("Enter", shift=True)
        await page.type("second line")
        composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true})"
        await page.eval(f"document.getElementById('ask').dispatchEvent({composing})")
        assert desk.kept == {}
        await page.press("Enter")
        await desk.arrived()
        assert [k.message.text for k in desk.kept.values()] == ["first line\nsecond line"]
        assert await page.eval("document.getElementById('ask').value") == ""


async def test_the_page_speaks_traditional_chinese_to_browsers_that_do(browser):
    async with serving() as (base, _desk):
        page = await browser.page(language="zh-TW")
        await page.open(base + "/")
        await page.wait("document.documentElement.lang === 'zh-TW'")
        assert await page.eval("document.querySelector('[data-word=promise]').textContent") == (
            "請直接提問。回答來自我們的文件，並註明出處。"
        )


async def test_a_question_that_did_not_get_through_stays_and_can_be_sent_again(browser):
    async with serving() as (base, desk):
        page = await browser.page(language="zh-CN")
        await page.open(base + "/")
        await page.wait("document.documentElement.lang === 'zh-CN'")
        desk.full = True
        await page.type("怎么充电？")
        await page.press("Enter")
        await page.wait("document.querySelector('.note.trouble')?.innerText.includes('暂时无法受理')")
        await page.eval("window.before = true; location.reload()")
        await page.wait("!window.before && document.querySelector('.note.trouble .primary')")
        desk.full = False
        await page.click(".note.trouble .primary")
        await desk.answer(await desk.arrived(), Reply.hand_off("unknown", text="请稍候。", language="zh"))
        await page.wait("document.querySelector('.badge').textContent === '已转交人工处理'")
        assert [k.message.text for k in desk.kept.values()] == ["怎么充电？"]


async def test_who_finds_an_answer_unhelpful_can_say_why(browser):
    async with serving() as (base, desk):
        why = Entry("why", "What was wrong?", "<b>old</b>", "The admins read this.", lines=True)
        desk.asks = Form("What was wrong?", "feedback.said", "p", (why,))
        page = await browser.page()
        await page.open(base + "/")
        await asked(page, desk, EXAMPLE)
        await desk.answer(desk.last, answered("Use the cable [1].", MANUAL))
        await page.wait("document.querySelector('[data-action=not_helpful]')")
        await page.click("[data-action=not_helpful]")
        await page.wait("document.querySelector('.note textarea')?.value === '<b>old</b>'")
        assert "The admins read this." in await page.eval("document.querySelector('.note form').innerText")
        await page.eval("document.querySelector('.note textarea').focus()")
        await page.type("!")
        await page.click(".note form button")
        await page.wait("document.querySelector('.note') && !document.querySelector('.note form')")
        assert desk.pressed_[-1].filled["why"] in ("<b>old</b>!", "!<b>old</b>")
        assert browser.problems == []


async def test_a_draft_is_saved_as_a_file(browser):
    kept = "document.querySelector('.note [data-choice]')"
    async with serving() as (base, desk):
        page = await browser.page()
        await page.open(base + "/")
        await asked(page, desk, "/draft an announcement")
        desk.below = (Button("Export", "draft.export", "p"), Button("Post", "draft.post", "p"))
        await desk.answer(desk.last, answered("The office is closed."))
        await page.wait("document.querySelector('[data-action=\"draft.export\"]')")
        assert await page.eval("document.querySelector('[data-action=\"draft.post\"]')") is None, "it posts nowhere"
        await page.eval("window.saved = []; HTMLAnchorElement.prototype.click = function () {"
                        " saved.push(this.download) }")  # fmt: skip
        await page.click('[data-action="draft.export"]')
        await page.wait(f"{kept}?.innerText === 'Markdown'")
        await page.click(".note [data-choice]")
        await page.wait("window.saved[0] === 'office-1.md'")
        assert await page.eval("document.querySelector('.note a[download]').innerText") == "office-1.md"
        assert [p.action for p in desk.pressed_] == ["draft.export", "draft.as"]
        assert desk.pressed_[1].value == f"{desk.pressed_[0].value}|markdown"
        assert await page.eval("document.querySelector('[aria-pressed=true]')") is None, "it is no verdict"
        assert browser.problems == []


async def test_hostile_text_runs_nothing(browser):
    bad = "<img src=x onerror='window.hacked=1'><script>window.hacked=2</script>"
    async with serving(title=bad, examples=[bad]) as (base, desk):
        page = await browser.page()
        await page.open(base + "/")
        await asked(page, desk, bad)
        await desk.answer(desk.last, answered(f"{bad} [1]", Source(1, bad, bad, "javascript:window.hacked=3", "d")))
        await page.wait("document.querySelector('div.card')")
        await page.click(".marker")
        await page.wait("document.querySelector('#list a').textContent.includes('<img')")
        assert await page.eval("window.hacked === undefined && !document.querySelector('article img, article script')")
        assert browser.problems == []


async def test_conversations_can_be_opened_and_deleted(browser):
    async with serving() as (base, desk):
        page = await browser.page()
        await page.open(base + "/")
        await asked(page, desk, "First?")
        await desk.answer(desk.last, answered("One."))
        await page.wait("document.querySelector('.text').innerText === 'One.'")
        await page.eval("document.getElementById('new').click()")
        await page.wait("document.querySelectorAll('article').length === 0")
        await asked(page, desk, "Second?", 2)
        await desk.answer(desk.last, answered("Two."))
        await page.wait("document.querySelectorAll('#list a').length === 2")
        await page.eval("[...document.querySelectorAll('#list a')].find(a => a.textContent === 'First?').click()")
        await page.wait("document.querySelector('.text')?.innerText === 'One.'")
        await page.eval("window.confirm = () => true")
        await page.eval("document.querySelector('#list [aria-current]').nextElementSibling.click()")
        await page.wait("document.querySelectorAll('#list a').length === 1")
        await page.wait("document.querySelectorAll('article').length === 0")
        assert [k.message.text for k in desk.kept.values()] == ["Second?"]


async def test_the_door(browser):
    async with serving(secret="a long and random secret") as (base, desk):
        page = await browser.page()
        await page.open(base + "/")
        await page.wait("!document.getElementById('sign-in').hidden")
        await page.type("wrong")
        await page.press("Enter")
        await page.wait("document.getElementById('sign-in-problem').textContent")
        await page.eval("document.getElementById('secret').value = ''")
        await page.type("a long and random secret")
        await page.press("Enter")
        await page.wait("!document.getElementById('welcome').hidden")
        await asked(page, desk, "Hello?")
        assert len(desk.kept) == 1
