"""The plugin: a request becomes a checked draft, and what is said after it a new version."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final, Literal

from pydantic import Field

from engine import Found, Plugin, Reply, Turn, content_terms, phrase, simplified
from plugins.drafting.changes import Change, answered_by, change_of, changed
from plugins.drafting.checks import LINK
from plugins.drafting.draft import PLUGIN, Draft, behind, versions
from plugins.drafting.facts import Facts, undoubted
from plugins.drafting.handing_out import wants_out
from plugins.drafting.limit import Limit
from plugins.drafting.material import Material, gathered, of_thread
from plugins.drafting.request import Request, understood
from plugins.drafting.showing import Shown, notes, said, title_of
from plugins.drafting.translating import translated
from plugins.drafting.translation_request import wanted
from plugins.drafting.writing import Writer, Written, fitting, room_for

COMMAND: Final = "draft"
#: What phones make of the command when it is typed as a word: in any case.
_TYPED: Final = re.compile(r"^\s*draft\s*[:：]\s*(?=\S)", re.IGNORECASE)
_POLITE: Final = r"(?:(?:please|kindly|can you|could you|would you|will you|help(?: me| us)?(?: to)?|i need you to|i(?: would|['’]d) like you to|i want you to|let['’]?s)[\s,]+)*+"  # noqa: E501  # a pattern reads better whole
_PLEASE: Final = r"(?:请|麻烦)?(?:[你您]?(?:能不能|能否|能|可不可以|可否|可以))?(?:请|麻烦)?(?:帮忙|帮我|帮|给我|替我)"
#: Requests that are meant for this plugin by their words alone; Chinese as ``simplified`` gives it.
_WRITE: Final = re.compile(
    rf"^\s*{_POLITE}(?:draft|compose|write(?: up)?(?! (?:down|where|how))|prepare(?! (?:for|my)\b))\s+(?:me |us |for us )?(?:an? |the |some |this |our |two )?"  # noqa: E501  # a pattern reads better whole
    r"(?:(?!where\b)[\w'’-]+ ){0,5}?(?:announcements?|articles?|paragraphs?|stor(?:y|ies)|poems?|essays?|speech(?:es)?|slogans?|captions?|blog posts?|newsletters?|release notes?|changelog|repl(?:y|ies)|e-?mails?|letters?|"  # noqa: E501  # a pattern reads better whole
    r"(?:social(?: media)? |linkedin |facebook )?posts?|tweets?|press releases?|memos?|notices?|summar(?:y|ies)|drafts?)\b"  # noqa: E501  # a pattern reads better whole
    r"(?! (?:periods?|numbers?|boards?|codes?|box|boxes|templates?|servers?|accounts?|addresse?s?)\b)(?<!the new post)"
    rf"|^\s*{_POLITE}(?:summari[sz]e|sum up|recap|tl;?dr:?|give (?:me|us) a summary of)\s+(?:(?:this|that|it|the above|everything above)(?: for (?:me|us))?(?:,? please)?\W*$|(?:this|the|our|these) (?:\w+ ){{0,2}}?(?:thread|discussion|conversation|chat|document|file|attachment|page|guide)\b)"  # noqa: E501  # a pattern reads better whole
    rf"|^\s*{_POLITE}(?:(?:i|we) need (?:an?|some)|make (?:me |us )?an?) (?:[\w'’-]+ ){{0,2}}?(?:announcement|article|blog post|newsletter|e-?mail|letter|post|tweet|press release|memo|notice)s? (?:about|saying|announcing|telling|that (?:says|tells|we|our|the))\b"  # noqa: E501  # a pattern reads better whole
    rf"|^\s*(?P<asked>{_PLEASE}|请|麻烦|能不能|可以|我想|(?:给|为|向)[^，。？?\s]{{1,10}}?(?=写[一两几]?[封篇份则条个段]))*+(?:写|起草|草拟|草擬|拟|擬|撰写|撰寫)(?P<middle>[^，。？?\s]{{0,12}}?)"
    r"(?:公告|通知|文章|博客|部落格|发布说明|更新日志|回复|回覆|答复|邮件|郵件|信|推文|帖子|貼文|新闻稿|新聞稿|摘要|总结|總結|稿|贴文|诗|故事|介绍|文案|致辞)(?P<behind>[^，,：:。\n]{0,40})"
    rf"|^\s*(?:{_PLEASE}|请|麻烦)*+(?:总结|概括|归纳)(?:(?:一下|下)?(?:这|上面|以上|前面|刚才)[^，。？?\s]{{0,6}}|一下|下)[吧吗。！!？?\s]*$"
    rf"|^\s*(?:{_PLEASE}|请|麻烦)++(?:总结[吧吗。！!？?\s]*$|(?:回复|答复)(?:一下)?[这该那])"
    rf"|^\s*(?:{_PLEASE}|请|麻烦)*+(?:总结|概括|归纳)(?:一下|下)?(?:这个|这|本|該|该|上面的?|這個?)?(?:讨论串?|討論串?|帖子|话题|話題|对话|對話|消息列|文档|文件|附件)",
    re.IGNORECASE,
)
#: Whether we can write at all is a question.
_ABLE: Final = re.compile(
    r"^\s*(?:can|could|do|would) you (?:also )?(?:draft|compose|write|prepare) [\w-]+s\W*$", re.IGNORECASE
)
#: Behind the name of a text: what is asked about such texts, and what is had of them.
_ABOUT: Final = re.compile(
    r"的?(?:模板|范本|範本|样本|樣本|权限|權限|流程|格式|规定|規定|步骤|步驟)|(?:需要|要|得|应该|應該|由|给|給|找)?(?:谁|誰|哪|什么|什麼|多久|多少|怎么|怎麼)"
)
_ASKED: Final = re.compile(r"谁|誰|在哪|哪[里裡个個儿]|什么|什麼|怎么|怎麼|如何|多久|多少|[吗嗎]")


def _is_request(question: str) -> bool:
    """Whether the words ask for a text, and not about such texts."""
    question = simplified(question[:400])
    found = _WRITE.search(question)
    if not found or _ABLE.search(question):
        return False
    behind = found["behind"] or ""
    if _ABOUT.match(behind):
        return False
    one = found["asked"] or re.search(r"[一两几个個封篇份则條条]", found["middle"] or "")
    return bool(one) or not _ASKED.search(behind)


class Drafting(Plugin):
    """Writes what is asked for, verifies what can be verified, and goes on with it while the conversation does."""

    commands: ClassVar[Mapping[str, str]] = {
        COMMAND: "Write a draft: an announcement, an article, a reply, a summary, a translation …"
    }
    kind: ClassVar[Literal["grounded", "draft"]] = "draft"

    passages: int = Field(default=5, ge=1, le=20)  # how many passages a draft may be written from
    # Passages are used from this chance on that they are about what is asked for.
    confidence: float = Field(default=0.35, ge=0, le=1)
    guide: str = ""  # the title of the page that says how the house writes; empty: one called brand or style guide
    glossary: str = ""  # the title of the two-column page with the house's terms; empty: one called glossary or 术语表
    repairs: int = Field(default=2, ge=0, le=5)  # how often a draft is written again where something is not met

    def claims(self, turn: Turn) -> bool:
        """What changes a draft of this conversation, and what asks for one in so many words."""
        if (
            _TYPED.match(turn.question)
            or self._for_buttons(turn)
            or self._change(turn) is not None
            or _is_request(turn.question)
        ):
            return True
        return wanted(turn.question) is not None

    async def answer(self, turn: Turn) -> Reply | None:
        """A first version, the next one, an earlier one again, or a translation."""
        asked = _TYPED.sub("", turn.question, count=1)
        if self._for_buttons(turn):
            return turn.refuse("that is what the buttons below a draft do", "draft_buttons")
        if translation := wanted(asked):
            return await translated(turn, translation, self.glossary)
        if change := self._change(turn):
            done = versions(turn.history)
            return await self._back(turn, done, change) if change.back else await self._next(turn, done[-1], change)
        request = await asyncio.to_thread(understood, asked)
        if not self._says_what(turn, request):
            return turn.refuse("nothing was said that could be written about", "usage_draft")
        if not turn.writes:
            return turn.refuse("there is no model", "no_writer")
        material = await self._material(turn, request)
        if of_thread(turn, request) and not material.said:
            return turn.refuse("there is no thread to be read", "draft_no_thread")
        writer = Writer(turn, request, material, self.repairs)
        return await self._written(turn, writer, None)

    @staticmethod
    def _change(turn: Turn) -> Change | None:
        if not versions(turn.history):
            return None
        asked = _TYPED.sub("", turn.question, count=1)
        return change_of(asked, right_after=Drafting._right_after(turn))

    @staticmethod
    def _right_after(turn: Turn) -> bool:
        """Whether a draft is the last thing that was said; thanks do not end one."""
        last = next((past for past in reversed(turn.history) if past.plugin), None)  # none answered small talk
        return last is not None and last.plugin == PLUGIN and bool(last.kept)

    @staticmethod
    def _for_buttons(turn: Turn) -> bool:
        """Whether it is the draft before that is to be posted or handed out: a click does that, and no words."""
        return Drafting._right_after(turn) and wants_out(_TYPED.sub("", turn.question, count=1))

    @staticmethod
    def _says_what(turn: Turn, request: Request) -> bool:
        """Whether there is anything to write about: a kind alone is no request."""
        if request.given or of_thread(turn, request) or any(one.pieces for one in turn.attached):
            return True
        return len(content_terms(request.content)) > 1

    async def _material(self, turn: Turn, request: Request) -> Material:
        return await gathered(
            turn, request, passages=self.passages, confidence=self.confidence, guide=self.guide, room=room_for(turn)
        )

    async def _next(self, turn: Turn, before: Draft, change: Change) -> Reply:
        """The next version, as it was wished."""
        if not turn.writes:
            return turn.refuse("there is no model", "no_writer")
        request = changed(Request.of(before.request), change, before.text)
        material = await self._material(turn, request)
        mark = phrase("draft_to_check", str(before.request.get("language", "")))
        material = replace(
            material, passed=undoubted(before.text, mark), behind=(*material.behind, *behind(turn.history))
        )
        writer = Writer(turn, request, material, self.repairs, before.text, change.words, bool(change.language))
        return await self._written(turn, writer, before)

    async def _back(self, turn: Turn, done: list[Draft], change: Change) -> Reply:
        """An earlier version again, as a new one."""
        now = done[-1]
        # Undone twice is two versions back: counted from the version that the last one repeats.
        wanted = int(now.request.get("again") or now.version) - 1 if change.back < 0 else change.back
        earlier = next((draft for draft in done if draft.version == wanted), None)
        if earlier is None:
            return turn.refuse("there is no such version", "draft_no_version", n=wanted, last=now.version)
        request = {**earlier.request, "again": earlier.request.get("again") or wanted}
        draft = Draft(earlier.kind, now.version + 1, earlier.text, earlier.title, request, earlier.unmet)
        shown = Shown(draft, earlier.text, now, again=wanted, unmet=earlier.unmet)
        text = await asyncio.to_thread(said, shown, turn.language)
        found = Found("", behind(turn.history), enough=False, confidence=0.0)
        return turn.drafted(text, found, kept=draft.kept(), links=LINK.findall(str(earlier.request)))

    async def _written(self, turn: Turn, writer: Writer, before: Draft | None) -> Reply:
        writer.request, too_long = fitting(writer.request, writer.most)
        written = await writer.written()
        request, material = writer.request, writer.material
        unmet = self._unmet(turn, written, too_long, before)
        kept = Draft(
            request.kind,
            before.version + 1 if before else 1,
            written.text,
            title_of(written.text),
            request.as_json(),
            unmet,
        )
        marked, cited = Facts.of(request, material).marked(written.text)
        doubts = () if written.marked else tuple(doubt.text for doubt in written.doubts)
        shown = Shown(kept, marked, before, unmet=unmet, doubts=doubts)
        links = LINK.findall(f"{request.asked}\n{request.content}\n{turn.question}")
        text = await asyncio.to_thread(said, shown, turn.language)
        return turn.drafted(text, material.searched, cited=cited, links=links, kept=kept.kept())

    @staticmethod
    def _unmet(turn: Turn, written: Written, too_long: Limit | None, before: Draft | None) -> tuple[str, ...]:
        """What could not be met, in words for people."""
        unmet = [
            limit
            for limit in written.unmet
            if not (too_long and limit.what == "words")
            and not (before and answered_by(limit, written.text, before.text))
        ]
        return tuple(notes([*unmet, *([too_long] if too_long else [])], written.text, turn.language))
