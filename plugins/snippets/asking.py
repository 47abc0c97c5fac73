"""Tells whether a message asks for code, and what it asks: by its words and by what stands in it, without any model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine import Block, Language, Trace, Turn, is_code_file, language_in, language_of_file, pasted, trace_in

Kind = Literal["write", "change", "fix", "review", "explain"]

#: What the name of the plugin is in the history.
NAME: Final = "snippets"
_FLAGS: Final = re.IGNORECASE
#: Written things that are no code: a post about Go is for whoever drafts.
_PROSE: Final = re.compile(
    r"\b(?:article|post|blog|announcement|note|e-?mail|mail|letter|summary|reply|tweet|newsletter|report|page|speech"
    r"|poem|story"
    r"|proposal|rubric|pitch|essay|r[eé]sum[eé]|plan|itinerary|text|message|documentation|translation|invitation"
    r"|agenda|minutes)\b|公告|文章|邮件|郵件|博客|部落格|总结|總結"
    r"|通知|回复|回覆|(?<![微短通])信(?![息任号號])|稿|翻译成[英中]",
    _FLAGS,
)
_MAKE: Final = r"\b(?:write|implement|create|generate|code|build|make|develop|program|produce)\b"
_GIVE: Final = rf"(?:{_MAKE}|\b(?:give|show|need|want|get|provide|like)\b)"
_BETWEEN: Final = r"(?:[ \t]+[\w+#.'-]+){0,5}?[ \t]+"
#: Nouns that mean code and nothing else, and those that mean other things too.
_SURE: Final = (
    r"(?:code[ \t]+snippets?|snippets?|regex(?:p|es)?|regular[ \t]+expressions?|one-?liners?|unit[ \t]?tests?"
    r"|sql[ \t]+(?:quer(?:y|ies)|statements?)"
    r"|(?:some|sample|example|source)[ \t]+code|code[ \t]+(?:examples?|samples?)|shell[ \t]+scripts?|cron[ \t]?(?:tab"
    r"|job)s?|dockerfiles?)\b"
)
_WEAK: Final = (
    r"(?:functions?|scripts?|class|method|program|module"
    r"|query(?![ \t]+to[ \t]+(?:the|our|my|hr|it|support|finance|legal)\b)"
    r"|decorator|algorithm|parser|struct|interface|code)\b"
)
_CODE_NOUN: Final = re.compile(
    rf"{_SURE}|\b(?:functions?|scripts?|code|snippet|programs?|class|method|module|client|example|quer(?:y|ies)|cli"
    rf"|library|loop)\b",
    _FLAGS,
)
_WANTS: Final = (
    re.compile(rf"{_GIVE}{_BETWEEN}{_SURE}", _FLAGS),
    re.compile(rf"{_MAKE}(?:[ \t]+(?:me|us))?[ \t]+(?:an?[ \t]+"
               rf"|some[ \t]+)?(?:[\w+#.-]+[ \t]+){{0,3}}?{_WEAK}[ \t]*(?:,|:|that\b|which\b|to\b|returning\b"
               rf"|taking\b|called\b|named\b)", _FLAGS),
    re.compile(r"(?:写|寫|编写|編寫|撰写|实现|實現|實作|(?:生成|做)(?=[一几幾个個段份]))[^。？?\n]{0,16}?(?:函数|函數|函式|脚本"
               r"|腳本|代码|代碼|程式码"
               r"|程式碼|程式|程序|正则|正則|正規(?=表)|查询语句|查詢語句|单元测试|單元測試|SQL|算法|演算法|类(?![型似别])|類別?(?=[，,。！!：:\s表代來]|$)"
               r"|方法$)", _FLAGS),
    re.compile(r"[给給]我(?:[来來写寫])?[一几幾个個段份][^。？?\n]{0,16}?(?:函数|函數|函式|脚本|腳本|程式碼|正[则則規]"
               r"|(?<!折扣)(?<!优惠)(?<!優惠)(?<!邀请)(?<!邀請)(?<!验证)(?<!驗證)代[码碼])", _FLAGS),
    re.compile(r"(?:正则表达式|正則表達式|正規表示式|代码示例|代碼範例|示例代码|程式碼範例)[^。？?\n]{0,12}(?:写|寫|给我|給我"
               r"|来一|來一)", _FLAGS),
)  # fmt: skip
_IN_LANGUAGE: Final = re.compile(
    rf"{_GIVE}|\b(?:convert|translate|port|rewrite|solve)\b|[写寫]|实现|實現|實作|给我|給我|改写|改寫|转换|轉換", _FLAGS
)
_FIX: Final = re.compile(
    r"\b(?:fix|debug|repair|correct)\b|\bwhat(?:'s| is) wrong\b|\b(?:does ?n[o']t|doesn['’]t|not) work|\bwhy (?:does"
    r"|is|do|am|did)\b.{0,60}"
    r"\b(?:fail|error|crash|break|wrong|throw|raise|exception)|修复|修復|修一下|修正|修好|改错|改錯|报错|報錯|哪里错"
    r"|哪裡錯|出错|出錯|错在|错误|錯誤",
    _FLAGS,
)
_REVIEW: Final = re.compile(
    r"\breview\b|\bcritique\b|\bfeedback on\b|\b(?:improve|optimi[sz]e|refactor|simplify|clean up|speed up)\b"
    r"|\bany (?:bugs?|problems?|issues?)\b"
    r"|\bis (?:this|it|that|my \w+) (?:ok|okay|safe|secure|correct|right|good)\b|审查|審查|检查|檢查|评审|評審|优化"
    r"|優化|重构|重構|改进|改進|有[没沒]有[問问][題题]|有問題嗎|看看[这這]段",
    _FLAGS,
)
_EXPLAIN: Final = re.compile(
    r"\bexplain\b(?:[ \t]+\w+){0,3}?[ \t]+(?:this|that|these|it|the (?:code|snippet|function|script|query|error|trace"
    r"|file|program)|my)\b"
    r"|\bexplain\W*$|\bwhat (?:does|do|is) (?:this|it|that|these|the (?:code|snippet|function|script|query|file))\b"
    r"|\bhow does (?:this|it|that|the (?:code|function|script)) work\b|\bwalk me through\b"
    r"|解释|解釋|讲解|講解|说明(?:一下)?这|說明(?:一下)?這|(?:这|這)(?:段|个|個|些)?(?:代码|代碼|程式碼?|函数|函數"
    r"|脚本|腳本).{0,12}(?:什么|什麼|做|干|作用|意思)|是什[么麼]意思|什[么麼]作用",
    _FLAGS,
)
_CHANGE: Final = re.compile(
    r"\b(?:convert|translate|port|rewrite|turn)\b|\badd\b|\bremove\b|\brename\b|\bmake (?:it|this)\b|改成|改为|改為"
    r"|换成|換成|转换|轉換|重写|重寫|改写|改寫|加上|加入|去掉",
    _FLAGS,
)
#: Questions and wishes that have such words and are about something else: where code lies, who gives access to it.
_ORDINARY: Final = re.compile(
    r"^\W*(?:(?:who|whom|whose|where|when|which)\b|(?:do|does|did|should|must|may) (?:we|i|they|people|interns?)\b"
    r"|(?:is|are) (?:the|there|our|we)\b|what(?:['’]s| is| are) (?:the|our|your) (?:polic|rule|guideline|process"
    r"|standard|convention|procedure))"
    r"|\b(?:need|want|get|give|show|like|provide)(?:[ \t]+(?:me|us|to|a|an|some|any|more|the)){0,3}[ \t]+(?:access"
    r"|courses?|trainings?|lessons?|licen[cs]es?|permissions?|approvals?|certificates?|polic(?:y|ies)|book)\b"
    r"|\b(?:need|want|get|show|like)(?:[ \t]+(?:me|us))?[ \t]+(?:the|our|your)\b"
    r"|\bsnippets? of (?:the|our|your|a)\b"
    r"|\b(?:class|program|module|method)[ \t]+to[ \t]+(?:onboard|(?:train|teach)(?! (?:an?|the)\b)|mentor|coach|welcome"
    r"|educate|recruit|hire|reward|motivate)\b"
    r"|(?:规范|規範|规定|規定|流程|制度)(?:是|在|有|[吗嗎呢？?]|$)|需要(?:审批|審批|批准|[谁誰])|(?<!计算)(?<!計算)需要多[久长長]"
    r"|(?:在哪|找[谁誰]|[谁誰](?:负责|負責))[^，,。]{0,3}$|^(?:[谁誰]|哪[里裡])"
    r"|\bwhom? (?:do|can|should|must) (?:i|we) (?:ask|call|contact|tell|talk|write)\b"
    r"|(?:代[码碼]|程[式序]|[脚腳]本|函[数數式]|[测測][试試])[^，,。？?]{0,4}(?:需?要|必[须須])[^，,。？?]{1,12}[吗嗎][？?\s]*$"
    r"|^(?:[你您我][们們]|公司|大家|[员員]工)[^，,。]{0,60}[吗嗎][？?\s]*$",
    _FLAGS,
)
#: What a snippet takes and is made of: "the printer" and "my account" are neither.
_THING: Final = (
    r"(?:lists?|arrays?|inputs?|outputs?|strings?|numbers?|values?|arguments?|empty|null|none|nan|zero|negatives?"
    r"|files?|keys?|exceptions?|errors?|unicode|utf-?8|async|types?|generics?|duplicates?|floats?|integers?|dicts?"
    r"|whitespace|python|java|javascript|typescript|json|csv|windows|linux)\b"
)
_PART: Final = (
    rf"(?:{_THING}|(?:code|functions?|loops?|lines?|regex|query|script|class|bugs?|warnings?|indent\w*|imports?|hints?"
    r"|tests?|names?|variables?|return|comments?|prints?|parameters?|conditions?|methods?|docstrings?|cases?|library"
    r"|module|package|api|logging|recursion|syntax|first|second|last|other|same|handling|timeouts?|retr(?:y|ies)|cach\w*"
    r"|comprehensions?|decorators?|generators?|lambdas?|threads?|dataclass(?:es)?|validation|slow\w*|fast\w*|short\w*"
    r"|work(?:s|ing)?|runs?|compile\w*|fail\w*|crash\w*|sort\w*|skip\w*|ignore\w*|pars\w+|needed|wrong)\b)"
)
#: Behind the words of a question: nothing more, or a part of a snippet.
_TAIL: Final = rf"\b(?:\W*$|.{{0,40}}\b{_PART})"
#: Behind a verb: it, a part of a snippet, or a word or two that are no question ("add pagination").
_OF_IT: Final = (
    rf"(?![ \t]+(?:my|me|our|us|your|of)\b)(?!.{{0,60}}\b(?:my|our)\b(?![ \t]+{_PART}))"
    rf"(?:[ \t]+(?:it|this|that|them)\b|(?![ \t]+the\b).{{0,40}}\b{_PART}"
    rf"|[ \t]+the[ \t]+(?:[\w-]+[ \t]+){{0,2}}?{_PART}"
    r"|[ \t]+(?!(?:an?|the|two|some)\b)[\w.-]+(?:[ \t]+[\w.-]+)?[ \t.!]*$)"
)
_BY_PEOPLE: Final = (
    r"(?!(?: if)? (?:i|we|my|our|somebody|someone)\b(?! (?:pass|call|give|use|run|enter|feed|lists?|arrays?|inputs?"
    r"|strings?|files?)\b))"
)
#: How somebody goes on after a snippet: with the wish itself, at the beginning.
_LEAD: Final = (
    r"^\W*(?:(?:please|pls|now|and|also|then|ok(?:ay)?|thanks|great|nice|good|but|so|can you|could you"
    r"|would you|will you|just|instead)[\s,!.]+)*"
)
_GOES_ON: Final = (
    re.compile(
        _LEAD + r"(?:(?:the )?same (?:thing )?in\b"
        rf"|(?:add|remove|rename|handle|include|replace|use(?! the word)|fix|comment)\b{_OF_IT}"
        rf"|(?:make|change) (?:it|this|that)\b|(?:make|change|drop)(?= the\b){_OF_IT}"
        rf"|without (?:(?:[\w-]+ ){{0,2}}?{_PART}|(?:any |using )?[\w.-]+[ .!]*$)"
        rf"|with (?:type|error|comments|docstrings?|tests?|logging)|with (?:[\w-]+ ){{1,3}}?{_PART}|convert (?:it"
        r"|this|that)\b"
        r"|translate (?:it|this|that)\b|rewrite\b|port\b|shorten\b|simplif|refactor\b|optimi[sz]e\b"
        r"|test it\b|write (?:a |some "
        r"|unit )*tests?\b"
        rf"|(?:it|that) (?:should|must|fails|does ?n[o'’]?t|crash\w*|gives|raises|throws){_TAIL}"
        r"|(?:shorter|simpler|faster|async|one[- ]line)|line \d+|what does line \d+|how does (?:it"
        rf"|this|that) (?:work|handle|know){_TAIL}"
        r"|explain (?:it|this|that|line \d+|the (?:code|function|loop|line|regex|query|script|class))\b"
        r"|what does (?:it|this|that|the (?:code|function|loop|line|regex|query|script|class)) (?:do|mean|return"
        rf"|print){_TAIL}"
        r"|why (?:do|did) you (?:use|need|import|call|write|return)"
        rf"|why (?:does|is) (?:line|(?:it|this){_TAIL})"
        rf"|does (?:it|this|that) (?:handle|work|support)\b(?:.{{0,40}}\b{_THING}|\W*$)"
        rf"|what (?:if|happens)\b{_BY_PEOPLE}.{{0,40}}\b{_THING})",
        _FLAGS,
    ),
    re.compile(
        r"^[，,。\s]*(?:请|請|再|现在|現在|然后|然後|能否|可以|帮我|幫我)*(?:加(?![班薪油急价價盟保热熱餐菜])|[简簡]短|更[短简簡快]|短一[点些]|短一點"
        r"|(?:去掉|删|刪|改|换|換)(?!.{0,6}(?:我的|我们|我們|账号|帳號|工位|座位|密码|密碼|地址|电话|電話|手机|手機|班|课|課))"
        r"|不要(?!发|發|钱|錢|取|去|来|來)|优化|優化"
        r"|简化|簡化|解释|解釋|写测试|寫測試"
        r"|[补補](?:充|上|全|[齐齊]|一|[个個]|注|[测測][试試]|[类類]型)|[处處]理(?:一下|好)?.{0,6}(?:异常|異常|[错錯][误誤]|空|[边邊]界"
        r"|[输輸]入|[负負]|null|None|列表|字符|字串|情况|情況|零|重[复複])|重写|重寫|第\s*\d+\s*行|这段代码|這段程式"
        r"|用(?![什哪])[\w\s]{0,12}[写寫实實])"
    ),
)  # fmt: skip
#: What nobody asks of a snippet.
_ASKED_ZH: Final = re.compile(
    r"[谁誰]|怎[么麼](?:办|辦|申)|怎[么麼][算样樣]|多久|多少|[几幾][天日次个個]|需要什|在哪|哪[里裡儿兒]|流程|审批|審批"
)
#: Forms of data, which many texts are wanted in.
_DATA: Final = frozenset({"json", "yaml", "toml", "html"})
_CODE_LINE: Final = re.compile(
    r"[;{}][ \t]*$|^[ \t]*(?:def|class|import|from|return|func|function|const|let|var|public|private|static|package"
    r"|fn|use|#include|SELECT|INSERT|UPDATE|DELETE"
    r"|CREATE|if|for|while|else|elif|try|except|end|print|echo|async|await)\b.*[\w)\]:;{}'\"]$"
    r"|^[ \t]*[\w.\[\]]+[ \t]*(?:=|\+=|:=)[ \t]*\S|^[ \t]*[\w.]+\([^)]*\);?$",
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: ``words`` without the code, ``code`` that it is about (and its language where known), ``trace``.

    ``wanted`` is the language that the words name.  ``file``: the code is from this attached file.
    """

    kind: Kind
    words: str
    code: str = ""
    language: Language | None = None
    wanted: Language | None = None
    trace: Trace | None = None
    file: str = ""


def earlier(turn: Turn) -> dict[str, object]:
    """What the last answer of the conversation kept, where it was ours and had code."""
    last = turn.history[-1] if turn.history else None
    return dict(last.kept) if last and last.plugin == NAME and last.kept.get("code") else {}


def is_for_us(turn: Turn) -> bool:
    """Whether a message plainly asks for code, is about code that came with it, or goes on with our last snippet."""
    words, block = _code_in(turn)
    if trace_in(turn.question):
        return True
    if block is not None:
        about = any(pattern.search(words) for pattern in (_FIX, _REVIEW, _EXPLAIN, _CHANGE))
        return (about and not _asks_how(words)) or _wants(words)
    if _ORDINARY.search(words):
        return False
    if earlier(turn) and not _ASKED_ZH.search(words) and any(pattern.search(words) for pattern in _GOES_ON):
        return True
    if (
        earlier(turn)
        and len(words) < 60
        and language_in(words)
        and re.match(
            r"\W*(?:(?:and|now|(?:how|what) about|the same)\b\W*)*(?:in|into|那?[改换換]?用|改成|[换換]成)",
            words,
            _FLAGS,
        )
    ):
        return True
    return _wants(words)


def understood(turn: Turn) -> Request:
    """What a message that is for us asks."""
    words, block = _code_in(turn)
    wanted = language_in(words)
    trace = trace_in(turn.question)
    if trace and block is not None and trace_in(block.code) and not _before_trace(block.code):
        block = None  # what was pasted is the trace itself
    if block is None:
        block = _code_before(turn) if trace or any(p.search(words) for p in (_FIX, _REVIEW, _EXPLAIN)) else None
    before = earlier(turn)
    code = _before_trace(block.code) if block and trace else block.code if block else ""
    language = block.language if block else None
    file = next(
        (
            one.name
            for one in turn.attached
            if block and is_code_file(one.name) and "".join(one.pieces).strip() == block.code
        ),
        "",
    )
    language = language or (language_of_file(file) if file else None)
    if trace or (code and _FIX.search(words)):
        kind: Kind = "fix"
    elif code and _EXPLAIN.search(words):
        kind = "explain"
    elif code and _REVIEW.search(words):
        kind = "review"
    elif code:
        kind = "change" if words.strip() else "review"
    elif before and not _wants(words):
        kind = (
            "explain"
            if _EXPLAIN.search(words)
            or (re.search(r"\?|？|\bwhy\b|\bwhat\b|[为為]什[么麼]", words, _FLAGS) and not _CHANGE.search(words))
            else "change"
        )
    else:
        kind = "write"
    return Request(kind, words, code, language, wanted, trace, file)


def _wants(words: str) -> bool:
    """Whether the words plainly ask for code."""
    if any(pattern.search(words) for pattern in _WANTS):
        return not _PROSE.search(words) or bool(re.search(rf"{_SURE}|正[则則]|正規表", words, _FLAGS))
    return bool(
        language_in(words) and _IN_LANGUAGE.search(words) and not _PROSE.search(words)
        and (_CODE_NOUN.search(words) or _aims(words))
    )  # fmt: skip


def _aims(words: str) -> bool:
    """Whether a language is named as the one to write in: "in Go", 用 Python 写."""
    found = re.search(r"\b(?:in|into)[ \t]+(?:plain[ \t]+)?([\w+#.]+)|[用以]\s*([A-Za-z+#]+)", words)
    return bool(found and language_in(f"in {found[1] or found[2]}"))


def _asks_how(words: str) -> bool:
    """A question about how something is done, with code as an example: the documents may answer it."""
    return bool(
        re.search(
            r"\b(?:how (?:do|can|should|would) (?:i|we|you|one)|where (?:do|can|is)|which|when)\b|怎么(?!.*错)|怎麼"
            r"|如何|在哪|哪[里裡](?![错錯])",
            words,
            _FLAGS,
        )
    ) and not re.search(r"\b(?:fix|debug|review|explain)\b", words, _FLAGS)


def _code_in(turn: Turn) -> tuple[str, Block | None]:
    """The words of a message, and the code that came in it or beside it."""
    words, blocks = pasted(turn.question)
    blocks = [block for block in blocks if block.language or _looks_like_code(block.code) or trace_in(block.code)]
    if blocks:
        return words, max(blocks, key=lambda block: (block.language is not None, len(block.code)))
    for one in turn.attached if turn.message.files or not earlier(turn) else ():  # not one that was mended meanwhile
        if one.pieces and is_code_file(one.name):
            return words, Block(
                (found.name if (found := language_of_file(one.name)) else ""), "".join(one.pieces).strip()
            )
    return _unfenced(turn.question)


def _unfenced(text: str) -> tuple[str, Block | None]:
    """Code that somebody pasted without a fence: from the first line that looks like it to the last."""
    lines = text.splitlines()
    like = [n for n, line in enumerate(lines) if _CODE_LINE.search(line) and not re.search(r"[?？。]$", line)]
    if len(lines) > 2 and len(like) >= 2 and like[0] > 0 and len(like) >= (like[-1] - like[0]) / 3:
        first, last = like[0], len(lines) - 1 if lines[-1].startswith((" ", "\t")) else like[-1]
        return "\n".join([*lines[:first], *lines[last + 1 :]]).strip(), Block("", "\n".join(lines[first : last + 1]))
    return text, None


def _looks_like_code(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and sum(bool(_CODE_LINE.search(line)) for line in lines) >= max(1, len(lines) / 3)


def _before_trace(text: str) -> str:
    """What stands above a stack trace that was pasted into the same fence."""
    found = re.search(
        r"^(?:Traceback \(most recent|panic: |goroutine \d|Exception in thread|Uncaught |[\w.]{1,200}(?:Error"
        r"|Exception)\b.*$\n[ \t]+at )",
        text,
        re.MULTILINE,
    )
    return text[: found.start()].strip("\n").rstrip() if found else text


def _code_before(turn: Turn) -> Block | None:
    """The last code in the thread: what people showed each other before we were asked, or asked about earlier."""
    talked: Sequence[str] = [past.question for past in (*turn.talk, *turn.history)]
    for said in reversed(talked):
        _, blocks = pasted(said)
        if found := [block for block in blocks if block.language or _looks_like_code(block.code)]:
            return found[-1]
    return None
