"""Everything that people are told stands in the catalogues, the same in every language."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.phrases import reason_in_words, say
from engine.catalogue import Catalogue
from engine.language import tag_of, written_in

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh", "zh-TW")
CATALOGUES = sorted(
    p.parent.relative_to(ROOT).as_posix() for part in ("bot", "engine") for p in ROOT.glob(f"{part}/**/en.ftl")
)
#: The functions that say something, and where what they say stands.
SAYING = {"say": "bot/phrases", "phrase": "engine/phrases"}
#: Characters that only one of the two writes.
SIMPLIFIED = set(
    "万与专业丛东丝丢两严个临为举么义乐习乡书买于产亲亿仅从仪们价众优会传体储儿兰关内册写决况凉减凭击划则刚创删别刹办"
    "务动区医协单卖占卫厅压厘厨参双变号吗听启员响喽园围国图场坏块坛垫声壳处备够头夹奖学宝实宠审宽对寻导将尘层属岁岚岩"
    "币师带帮幺库应废开弃张弹强归当录彻忆态总恒恶悦惯愿户执扩扫护报担拥择挂损换携摄数断无旧时显暂机权杠条来枪标样档桩"
    "检楼欢欧残毁气汇汉汤没泄浅测济浏涨温游湾溃溅满滨滩灭灯灵点烁烟烦烧烫热状独猎獭环现珐电画盏盖盘着码础确礼离种称税"
    "窜竖笔笼签简类紧红约级纪纯纳纸纹线组织终绍经绑结给络绝统继续维绿缓编缩网罚职联胶脑脚腾舱节获营蓝补装见观规视览觉"
    "计订认讨让训议讯记讲许论设访证评识诉词试话询该详语误说请诺读课谁调谈谢负财责败账货质购贴费资踪车转轮软载辆输边达"
    "过运还这进远连迟适选递邮释针钥钮钱铁银链销锁锋错键镑镜长门闪闭问间阅队阳阶陆陈险随难雇静韦页顶项顺顾预领频颗题颜"
    "额风飞饭馆马验骑鱼鲼鸟鸡麦黄龄"
)  # fmt: skip
TRADITIONAL = set(
    "丟並佔來個們備傳僅僱價儀億優儲兒內兩冊別刪則剎剛創劃動務匯區協參叢員問啟單嗎嘍嚴國圍園圖執報場塊塵墊壇壓壞夠夾學"
    "實審寫寬寵寶將專尋對導層屬嵐巖師帶幣幫幹幾庫廚廢廳張強彈後從復徹恆悅惡態慣憑憶應戶掃掛採換損擁擇擊擔據擴攜攝敗數"
    "斷於時暫書會東條棄業槍槓樁樂樓標樣機檔檢櫃權歐歡歲歷歸殘殼毀氣決沒況洩涼淺減測湯準溫滅滿漢漲潰濟濱濺瀏灘灣為無煙"
    "煩熱燈燒燙營爍狀獎獨獲獵獺現琺環產畫當發盞盤眾確碼礎禮稅種稱竄筆節範簡籠籤紀約紅紋納純紙級紹終組結絕絡給統絲綁經"
    "綠維網緊線編緩縮總織繼續罰義習聯聲職聽腦腳膠臨臺與舉舊艙萬著蓋藍蘭處號衛衝補裝裡見規視親覺覽觀訂計訊討訓記訪設許"
    "訴評詞詢試話該詳認語誤說誰課調談請論諾講謝證識議護讀變讓豎負財貨責買費貼資賣質賬購蹤車軟載輛輪輸轉辦這連進遊運過"
    "達遞遠適遲選還邊郵鄉醫釋釐針鈕銀銷鋒錄錢錯鍵鍾鎊鎖鏈鏡鐵鑰長門閃閉開間閱關陳陸陽隊階隨險雙雞離難雲電靈靜韋響頁頂"
    "項順須預領頭頻顆題額顏願類顧顯風飛飯餘館馬騎騰驗體魚鱝鳥麥麼黃點齡"
)  # fmt: skip


class _Used(Visitor):
    """The values and other texts that a text is made with."""

    def __init__(self):
        self.values, self.texts = set(), set()

    def visit_VariableReference(self, node):  # noqa: N802  # named by the library
        self.values.add(node.id.name)

    def visit_MessageReference(self, node):  # noqa: N802  # named by the library
        self.texts.add(node.id.name)


@cache
def trees():
    """The code of the desk, by the names of its files."""
    files = sorted(f for part in ("engine", "bot", "plugins") for f in (ROOT / part).rglob("*.py"))
    return {f.relative_to(ROOT).as_posix(): ast.parse(f.read_text(encoding="utf-8")) for f in files}


@cache
def entries(folder, language):
    text = (ROOT / folder / f"{language}.ftl").read_text(encoding="utf-8")
    return FluentParser().parse(text).body


@cache
def texts(folder, language):
    """By name: the values that it takes, those of the texts in it included."""
    used = {}
    for entry in entries(folder, language):
        if isinstance(entry, ftl.Message):
            used[entry.id.name] = visitor = _Used()
            visitor.visit(entry)

    def values(name):
        return used[name].values.union(*map(values, used[name].texts))

    return {name: values(name) for name in used}


@pytest.mark.parametrize("folder", CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_is_fluent_and_says_nothing_twice(folder, language):
    names = [entry.id.name for entry in entries(folder, language) if isinstance(entry, (ftl.Message, ftl.Term))]

    assert [entry.content for entry in entries(folder, language) if isinstance(entry, ftl.Junk)] == []
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("folder", CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_says_the_same_things(folder, language):
    """With the same values; but a reason may leave out in another language what the engine told in its own."""
    english, other = texts(folder, "en"), texts(folder, language)

    assert english.keys() == other.keys()
    if folder.endswith("reasons"):
        assert {name: more for name in english if (more := other[name] - english[name])} == {}
    else:
        assert english == other


@pytest.mark.parametrize("folder", CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said_of_none_of_one_and_of_many_and_nothing_is_left_open(folder, language):
    """What is missing warns, and a warning fails a test; no marks of direction stand around what was put in."""
    catalogue = Catalogue(ROOT / folder)
    for name, values in texts(folder, language).items():
        for count in (0, 1, 2, 1_000, "words"):
            said = catalogue.say(name, language, dict.fromkeys(values, count))

            assert said.strip(), name
            assert re.search("[{}\u2066-\u2069]|  (?! *- )", said) is None, said


@pytest.mark.parametrize("folder", CATALOGUES)
def test_each_kind_of_chinese_is_written_in_its_own_characters(folder):
    def written(language):
        return set((ROOT / folder / f"{language}.ftl").read_text(encoding="utf-8"))

    assert written("zh-TW") & SIMPLIFIED == set()
    assert written("zh") & TRADITIONAL == set()


def _asked_for():
    """Where something is said, the names that it can have, and the values that are given (None: not told here)."""
    for file, tree in trees().items():
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING.keys() & imported and node.args:
                given = {k.arg for k in node.keywords}
                where = f"{file}:{node.lineno}"
                yield SAYING[node.func.id], where, tuple(_names(node.args[0])), None if None in given else given


def _names(node):
    """The constants that an expression can come to."""
    if isinstance(node, ast.IfExp):
        yield from _names(node.body)
        yield from _names(node.orelse)
    elif isinstance(node, ast.Constant):
        yield node.value


def test_what_is_said_is_there_with_all_that_it_takes():
    found = list(_asked_for())
    wrong = [
        (where, name)
        for folder, where, names, given in found
        for name in names
        if name not in texts(folder, "en") or (given is not None and texts(folder, "en")[name] - given)
    ]

    assert len(found) > 150
    assert wrong == []


@pytest.mark.parametrize("folder", sorted(set(SAYING.values())))
def test_nothing_is_kept_that_nobody_says(folder):
    """A text's name, or the beginning of several, stands in the code as it is, or in another text."""
    constants = {node.value for tree in trees().values() for node in ast.walk(tree)
                 if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    begun = tuple(c for c in constants if c.endswith("_"))
    inner = set().union(*(_texts_in(entry) for entry in entries(folder, "en") if isinstance(entry, ftl.Message)))

    assert [name for name in texts(folder, "en") if name not in constants | inner and not name.startswith(begun)] == []


def _texts_in(entry):
    visitor = _Used()
    visitor.visit(entry)
    return visitor.texts


#: Where people's own words are read, in Chinese too, and sample documents and what Slack is told once are kept.
_READING = {"bot/conformance.py", "bot/discord/connection.py", "bot/documents_shown.py", "bot/entries.py",
            "bot/redacting.py", "bot/samples/__init__.py", "bot/slack/manifest.py", "bot/thanked.py", "bot/trying.py",
            "bot/typed.py"}  # fmt: skip
#: What shows people something: none of its words stands in the code.
_SHOWING = {"Button", "Choice", "Entry", "Form", "Notice", "Select"}


def test_no_words_to_people_stand_in_the_code():
    """As far as it can be told: Chinese ones anywhere in the bot, and English ones where something is shown."""
    left = []
    for where, tree in trees().items():
        if not where.startswith("bot/"):
            continue
        told = {id(d) for d in ast.walk(tree) if isinstance(d, ast.Expr)}  # docstrings are expressions
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.Constant) or not isinstance(child.value, str) or id(node) in told:
                    continue
                shown = isinstance(node, ast.Call) and getattr(node.func, "id", "") in _SHOWING
                if (where not in _READING and re.search("[\u4e00-\u9fff]", child.value)) or (
                    shown and re.search(r"[A-Za-z]{2,} [a-z]{2,}|[A-Z][a-z]+[.!?]", child.value)
                ):
                    left.append(f"{where}:{child.lineno}: {child.value}")

    assert left == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en"), ("zh-CN", "zh"), ("zh-TW", "zh-TW"), ("zh_TW.UTF-8", "zh-TW"), ("zh-HK", "zh-TW"),
     ("zh-Hant-TW", "zh-TW"), ("zh-Hans-HK", "zh"), ("zh", "zh"), ("ja", "ja"), ("", "")],
)  # fmt: skip
def test_a_platforms_locale_tells_which_language_to_speak(locale, language):
    assert tag_of(locale) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [("怎麼申請停車證？", "zh-TW"), ("怎么申请停车证？", "zh"), ("保固多久?", "zh"), ("請問 VPN 怎麼設定?", "zh-TW"),
     ("How long is 保固?", "en"), ("充電時間はどのくらいですか", "ja"), ("", "en")],
)  # fmt: skip
def test_the_characters_of_a_question_tell_which_chinese_its_answer_is_framed_in(text, language):
    assert written_in(text) == language


def test_people_in_taiwan_are_spoken_to_in_their_own_words():
    assert say("load_failed", "zh-TW", what="a.pdf") == "**未能載入：a.pdf**"
    assert say("load_failed", "zh", what="a.pdf") == "**未能加载：a.pdf**"
    assert reason_in_words("it is protected by a password", "zh-TW") == "受密碼保護"


def test_other_languages_are_spoken_to_in_english():
    assert say("done", "fr") == "Done."
    assert say("done", "zh") == "完成。"


def test_reasons_are_told_in_the_persons_language_where_we_know_the_words():
    assert reason_in_words("a greeting", "zh") == "问候"
    assert reason_in_words("a greeting", "en") == reason_in_words("a greeting", "") == "a greeting"
    assert reason_in_words("the server fell over", "zh") == "the server fell over"
    long = "the model did not answer: " + "x answers with vectors of " * 2_000  # would take minutes
    assert reason_in_words(long, "zh") == long


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("it is protected by a password", "受密码保护"),
        ("this is a picture, whatever it is called: Markdown and more", "不管叫什么名字，这是图片：可以加载 Markdown"),
        ("the sitemap https://a.test/s.xml could not be read: the page broke off before its end",
         "站点地图 https://a.test/s.xml 无法读取：网页在结束前中断"),
        ("the model did not answer: the best passage was quoted", "模型没有应答：引用了最相符的段落"),
        ("https://a.test/sitemap.xml: 3 listed pages were left out as robots.txt asks",
         "https://a.test/sitemap.xml：按 robots.txt 的要求，列出的网页中有 3 个未加载"),
        ("a{x}.odd cannot be read: {0}", "无法读取 a{x}.odd：{0}"),
    ],
)  # fmt: skip
def test_reasons_with_gaps_are_told_in_chinese_with_what_stands_in_the_gaps(reason, chinese):
    assert reason_in_words(reason, "zh").startswith(chinese)


#: Where people in a conversation are told of it by nobody: the command line and `doctor` alone.
_FOR_OPERATORS = {"bot/discord/recording.py", "bot/mattermost.py", "bot/mcp/operations.py", "bot/trying.py",
                  "bot/onboarding.py", "bot/wire.py",
                  "engine/model/fetch.py", "engine/model/hub.py", "engine/model/serving.py"}  # fmt: skip
#: What a load, an answer or a click ends with or waits for.
_TOLD = {"Answered", "EmbedderAway", "Gone", "LoadFailed", "ModelUnavailable", "NotFound", "Refused", "Unavailable",
         "_Trouble", "hand_off"}  # fmt: skip


def _reasons():
    """Every reason that stands in the code, its gaps filled with a word."""
    for where, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args or where in _FOR_OPERATORS:
                continue
            name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            said = node.args[0]
            if name in _TOLD and isinstance(said, ast.Constant) and said.value:
                yield f"{where}:{node.lineno}", str(said.value)
            elif name in _TOLD and isinstance(said, ast.JoinedStr):
                filled = (str(part.value) if isinstance(part, ast.Constant) else "7" for part in said.values)
                yield f"{where}:{node.lineno}", "".join(filled)


def test_whoever_asks_in_chinese_is_told_in_chinese_why_something_did_not_work():
    """A new reason needs its texts in bot/phrases/reasons."""
    found = dict(_reasons())
    assert len(found) > 150
    english = {
        where: text for where, text in found.items() if not re.search("[\u4e00-\u9fff]", reason_in_words(text, "zh"))
    }
    assert english == {}
