"""Which messages are for the snippets plugin, by their words alone: nobody's ordinary question is."""

import csv
import json
import time
from pathlib import Path

import pytest

from bot.samples import __file__ as samples
from engine import Past
from engine.attached import Attached
from engine.budget import Budget
from engine.growing import Growing
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Message
from plugins.snippets import Snippets
from plugins.snippets.asking import understood

DEMO = Path(__file__).parents[1] / "data" / "demo_cases.jsonl"
PAGES = Path(samples).parent / "pages"
SNIPPET = Past((), "Write a function", "…", "en", plugin="snippets", kept={"code": "x = 1", "language": "python"})
TRACE = "Traceback (most recent call last):\n  File \"app.py\", line 7, in main\n    go()\nKeyError: 'id'"


def turn(text: str, *, after: Past | None = None, attached: tuple[Attached, ...] = (), talk: str = "") -> Turn:
    said = Message("1", Conversation("web", "main", "ann"), "ann", text, Addressed.DIRECT)
    past = [after] if after else []
    made = Turn(said, text, "en", Audience.of("main"), past, None, None, Budget(1, 1, 1), Growing())
    made.attached = attached
    made.talk = [Past((), talk, "", "en")] if talk else []
    return made


def claimed(text: str, **more: object) -> bool:
    return Snippets().claims(turn(text, **more))


@pytest.mark.parametrize(
    "text",
    [
        "Write a Python function that reverses a list",
        "can you write me a small script which renames all files in a folder?",
        "Give me a regex for ISO dates",
        "Show me how to call the Harbour API in Go",
        "I need a SQL query that counts orders by month",
        "please write unit tests for a stack",
        "Convert this to Rust:\n```python\nprint(1)\n```",
        "用 Python 写一个快速排序",
        "帮我写一个正则表达式，匹配手机号",
        "写一段 Go 代码读取文件",
        "写一个函数，计算阶乘",
        "写一个脚本，检查谁有权限",
        "写一个程序计算需要多久",
        "I need a Python script that checks who has access",
        "Write a class to train a model in Python",
        "Write a script which tells where the policy files are",
        "write a Python function that adds two numbers",
        "写一段脚本，把文件重命名",
        "幫我寫一段程式",
        "帮我写一段程序",
        "幫我寫一個函式，計算階乘",
        "幫我寫個腳本，備份資料夾",
        "用 Python 寫一個爬蟲",
        "寫一個正規表示式，比對手機號碼",
        "請寫一段程式碼讀取檔案",
        "幫我寫一個 SQL 查詢",
        "寫一個類別，表示購物車",
        "寫單元測試",
        "實作一個快速排序演算法",
        "給我一段 Go 的程式碼",
        "写一个爬虫脚本",
        "Write me a bash script that deletes old logs",
        "make a function that parses dates",
        "Can you code a function which parses a CSV?",
        "How do I write a Python function that reverses a list?",
        "how to write a regex for emails",
        "Write code that opens the door sensor in C++",
        "Please provide a SQL query for monthly sales",
        "give me a one-liner to count files",
        "I'd like some sample code for the API",
        "Build me a CLI in Rust that prints the weather",
        "Make a decorator that caches results",
        "Implement quicksort in Haskell",
        "用 C++ 实现链表",
        "用 Java 實作一個堆疊",
        "写个爬虫脚本",
        "寫一個 shell 腳本備份資料庫",
        "帮我写段代码，读取 Excel",
        "请写一个 SQL，统计订单",
        "怎么用 Python 写一个爬虫？",
        "能帮我写一个正则吗",
        "請給我一個正規表示式，比對電子郵件",
        "Write a function that returns who is on leave",
        "What does this do?\n```js\nconst f = x => x * 2\n```",
        "解释这段代码\n```\ndef f(x):\n    return x\n```",
        "review this: ```go\nfunc main() {}\n```",
        "What is wrong here?\n```\nfor i in range(3)\n    print(i)\n```",
        f"fix this error\n{TRACE}",
        f"Why?\n```\n{TRACE}\n```",
        "please review:\n\ndef f(x):\n    y = x / 0\n    return y",
    ],
)
def test_a_message_that_plainly_asks_for_code_or_brings_some_is_for_it(text):
    assert claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I configure the rate limit?",
        "How do I configure this plugin?\n```yaml\nplugins:\n  - limit-count\n```",
        'Which of these is right?\n```json\n{"a": 1}\n```',
        "Show me the command that lets the old Harbour key expire two days later.",
        "Give me the discount code for students",
        "What is the code for the garage door?",
        "I need the script of the promo video",
        "Write an article about error handling in Go",
        "Write an announcement about our loyalty program",
        "Write an e-mail to the customer that explains the Python migration",
        "Where do I go to get a parking permit?",
        "Who teaches the yoga class that starts on Monday?",
        "Explain the warranty",
        "Review policy?",
        "What does the fleet service cost?",
        "What does `harbour keys retire` do?",
        "折扣代码是多少？",
        "请写一篇介绍 Python 的文章",
        "插件生成代码，容易误提交，如何避免？",
        "How do I create an account?",
        "What is the code of conduct?",
        "Is there a dress code?",
        "Can you give me the QR code?",
        "I need the zip code of the Berlin office",
        "I need a class on first aid",
        "Generate a report on sales",
        "Write a query to HR about my leave",
        "I need a program that helps me quit smoking",
        "We want a method to complain",
        "Give me an example of a good complaint",
        "Create a function room booking",
        "How does the loyalty program work?",
        "Build a library of photos",
        "Show me the terms in Swift payments",
        "What does the script of the call centre say?",
        "How do I reset my password?",
        "Write me when the class starts",
        "Who can make a booking for the function to celebrate?",
        "I want to write code in Go at work, who do I ask?",
        "Which Python version do we use?",
        "Do you support Java 17?",
        "How do I run the script to close the month?",
        "How do I install the CLI?",
        "请问函数在哪个文件？",
        "怎么运行月结脚本？",
        "運行腳本需要權限嗎？",
        "請問程式碼放在哪裡？",
        "我想学编程，有课程吗？",
        "写代码要加班吗",
        "寫程式的規範在哪",
        "代码评审多久做一次?",
        "代碼審查的流程是什麼？",
        "你们的程序员写单元测试吗？",
        "The script fails to close the month, whom do I call?",
        "Create a ticket for the broken script",
        "Give me the API key",
        "Is Rust allowed?",
        "需要写脚本的人找谁",
        "给我一个验证码",
        "給我一個優惠代碼",
        "这个程序怎么申请",
        "写程序员的招聘公告",
        "I want a course in Python",
        "I want the SQL client",
        "Who can give me access to the MySQL client?",
        "Need access to the Java program",
        "I need to book a class for Go",
        "Create a class to train new hires",
        "Build a program to onboard interns",
        "Where do I get the shell script for backups?",
        "Do we need unit tests?",
        "Show me the unit tests folder",
        "I need a snippet of the policy on travel",
        "Get me the dockerfile of the shop",
        "What's the policy to write code in Go?",
        "请写代码规范在哪",
        "编写程序的规范是什么",
        "写脚本需要审批吗",
        "做一个程序需要多久",
    ],
)  # fmt: skip
def test_an_ordinary_question_or_a_text_to_write_is_not(text):
    assert not claimed(text)
    assert not claimed(text, after=SNIPPET)


@pytest.mark.parametrize(
    "text",
    ["What happens if I lose my key?", "Does it support dark mode?", "Remove my account", "Fix the printer on floor 2",
     "use of company car?", "Add me to the mailing list", "change the meeting room", "换工位找谁", "删除账号怎么办",
     "处理报销要多久", "补打卡", "删除我的账号", "换密码",
        "What is the refund period?",
        "who approves this?",
        "请假要几天?",
        "請假要幾天?",
        "Where is the API key kept?",
        "What does error E4 mean?",
        "Which script closes the month?",
        "How does it work when I take leave?",
        "What does it mean if my claim is refused?",
        "How does this work for contractors?",
        "Why is it closed on Friday?",
        "What if I lose my badge?",
        "it should be refunded, right?",
        "explain the refund policy",
        "How do I add a colleague?",
        "Add a holiday to my calendar",
        "without a receipt, do I get my money back?",
        "with a doctor's note, can I stay home?",
        "What does that mean for part-timers?",
        "改签要多少钱?",
        "换货要几天?",
        "換貨要幾天?",
        "删除账户需要什么?",
        "不要发票可以吗?",
        "用什么写报告?",
        "加班怎么算?",
        "加班費怎麼算？",
        "可以退款吗?",
        "请问退款期限是多久?",
        "改地址怎么办？",
        "請問這個功能怎麼用",
        "What code do I type at the door?",
        "How many lines does the switchboard have?",
        "Who wrote the script that closes the month?",
        "What does the script do that closes the month?",
        "错误 E4 是什么意思?",
        "錯誤 E4 是什麼意思？",
        "API 密钥放在哪里?",
        "哪个脚本负责月结?",
        "哪個腳本負責月結？",
        "Which regex is used for invoice numbers?",
        "make the booking for friday",
        "write to support",
        "replace a lost badge",
        "Remove a user from the team",
        "rename a workspace",
        "use the gym?",
        "include lunch?",
        "fix a date for the meeting",
        "Add two days of leave",
        "處理報銷要多久",
        "換工位找誰",
        "刪除帳號怎麼辦",
        "add an employee to payroll",
        "How do we deploy to production?",
        "it gives me a headache",
        "In which country are you?",
        "in Germany, how many days of leave do I get?",
        "now in Berlin: how do I get a desk?",
    ],
)  # fmt: skip
def test_after_a_snippet_an_ordinary_question_is_one_still(text):
    assert not claimed(text, after=SNIPPET)
    assert not claimed(text)


def test_none_of_the_demos_own_questions_is_claimed_nor_of_its_entries():
    """Neither as they are nor right after a snippet: a question about documents is the documents'."""
    asked = [json.loads(line)["question"] for line in DEMO.read_text("utf-8").splitlines()]
    for file in sorted(PAGES.glob("*/faq.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            asked += [value for row in csv.DictReader(rows) for value in row.values() if value and value[-1] in "?？"]
    headings = [line.lstrip("# ") for f in PAGES.glob("*/*.md") for line in f.read_text("utf-8").splitlines()
                if line.startswith("#")]  # fmt: skip
    assert len(asked) > 80
    assert len(headings) > 50

    assert [text for text in (*asked, *headings) if claimed(text)] == []
    assert [text for text in asked if claimed(text, after=SNIPPET)] == []


@pytest.mark.parametrize(
    "text",
    ["now in Go", "add error handling", "please make it shorter", "without recursion", "换成 Rust", "加上注释",
    "and in C#?",
     "what does line 2 do?", "why did you use a dict?", "what if the list is empty?", "Thanks! Now add type hints",
     "fix the bug", "fix it", "remove the comments", "use the requests library", "handle empty input", "处理空列表",
     "does it handle negative numbers?", "does it work?", "what if I pass an empty list?", "补充注释", "删掉第二行",
     "explain it", "translate it to Go", "更短一点",
        "make it async",
        "make this shorter",
        "why does it fail on empty input?",
        "how does it work?",
        "what does line 3 do?",
        "add a docstring",
        "rename the variable",
        "加上型別提示",
        "加上註解",
        "改成非同步",
        "改用 Go",
        "處理空的列表",
        "解釋一下",
        "簡短一點",
        "再短一點",
        "改寫成 TypeScript",
        "加上錯誤處理",
        "刪掉第二行",
        "换成 Go",
        "改成异步",
        "加类型注解",
        "add error handling and a test",
        "does it handle unicode?",
        "translate it to Go",
        "can you make the function faster",
        "use a list comprehension",
        "Use pathlib instead",
        "replace the loop with map",
        "remove the print",
        "Add a parameter for the separator",
        "use async",
        "it fails with negative numbers",
        "How about in Rust?",
        "加個測試",
        "補上測試",
        "那用 Go 呢？",
        "in Java please",
        "same in C++",
    ],
)  # fmt: skip
def test_what_goes_on_with_a_snippet_is_for_it_and_only_then(text):
    assert claimed(text, after=SNIPPET)
    assert not claimed(text)
    assert not claimed(text, after=Past((), "q", "a", "en", plugin="faq"))


def test_a_file_with_code_and_a_wish_is_for_it_and_any_other_file_is_not():
    code = Attached("app.py", ("def f(x):\n", "    return x / 0\n"))
    assert claimed("Review this", attached=(code,))
    assert claimed("What does this do?", attached=(code,))
    assert not claimed("Review this", attached=(Attached("contract.md", ("# Contract",)),))
    assert not claimed("How long is the warranty?", attached=(code,))

    request = understood(turn("Review this", attached=(code,)))
    assert (request.kind, request.file, request.code) == ("review", "app.py", "def f(x):\n    return x / 0")
    assert request.language
    assert request.language.name == "python"


@pytest.mark.parametrize(
    ("text", "kind", "wanted", "code"),
    [
        ("Write a Go function that adds", "write", "go", ""),
        ("Convert this from Python to Rust\n```py\nx = 1\n```", "change", "rust", "x = 1"),
        ("what does this do?```let x = 1;```", "explain", None, "let x = 1;"),
        ("```sql\nselect 1\n```\nany problems?", "review", None, "select 1"),
        (f"fix this\n```python\ngo()\n\n{TRACE}\n```", "fix", None, "go()"),
        (f"fix this error\n```\n{TRACE}\n```", "fix", None, ""),
    ],
)
def test_what_is_asked_is_told_from_the_code(text, kind, wanted, code):
    request = understood(turn(text))

    assert (request.kind, request.code) == (kind, code)
    assert (request.wanted.name if request.wanted else None) == wanted


def test_code_that_people_showed_each_other_before_is_what_this_means():
    """As when somebody names the bot below a colleague's message."""
    request = understood(turn("can you review this?", talk="look:\n```go\nfunc f() {}\n```"))
    assert (request.kind, request.code) == ("review", "func f() {}")


@pytest.mark.parametrize("text", ["a " * 4_000, "write " * 1_300, "x = (" * 1_600, "```" * 2_600, "at a(b:1:1)\n" * 600,
                                  "  at " + "x" * 7_000, "\n" * 8_000, "写" * 8_000, 'File "' * 1_300,
                                  "f(" * 3_900])  # fmt: skip
def test_no_message_takes_long_to_look_at(text):
    """Every message of everybody comes by here."""
    began = time.thread_time()
    claimed(text)
    claimed(text, after=SNIPPET)

    assert time.thread_time() - began < 1.0  # of this thread alone: however busy the machine is


@pytest.mark.parametrize("text", ["ErrorException ", "a.Error.", "  at a (", "at a(b:1:1)\n", "Error: x\n"])
def test_no_code_with_a_trace_takes_long_to_be_taken_apart(text):
    began = time.thread_time()
    request = understood(turn(f"fix this\n```\ngo()\n{(text * 100_000)[:100_000]}\n{TRACE}\n```"))

    assert request.kind == "fix"
    assert time.thread_time() - began < 3.0  # of this thread alone: however busy the machine is
