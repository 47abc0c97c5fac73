"""Code as data: what is parsed, what is told of it, and what brings the parser down and not us."""

import pytest

from engine.code.blocks import Block, parts_of, pasted
from engine.code.checking import check, in_words
from engine.code.languages import language_in, language_of_fence, language_of_file
from engine.code.traces import trace_in
from engine.secrets import without_secrets

GOOD = {
    "python": "def f(x):\n    return x\n", "javascript": "const f = (x) => x * 2;",
    "tsx": "const A = () => <b>{1}</b>;",
    "typescript": "function f(x: number): string { return `${x}` }", "java": "class A { int f() { return 1; } }",
    "kotlin": "fun f(x: Int): Int = x * 2", "go": "package main\n\nfunc main() { println(1) }",
    "rust": "fn main() { f(1); }",
    "c": "int main(void) { return 0; }", "cpp": "template <class T> T f(T x) { return x; }",
    "ruby": "def f(x)\n  x\nend",
    "csharp": "class A { static void Main() { Console.WriteLine(1); } }", "php": "function f($x) { return $x; }",
    "bash": "for i in 1 2; do echo $i; done", "sql": "SELECT a FROM t WHERE b = 1;", "html": "<p>a</p>",
    "css": "a { color: red }", "json": '{"a": 1}', "toml": "[a]\nb = 1", "yaml": "a:\n  - b",
}  # fmt: skip
BAD = {
    "python": "def f(:\n  x", "javascript": "function f( { return", "typescript": "let x: = 1",
    "java": "class { int }}",
    "kotlin": "fun f(x: = 3", "go": "func main( {", "rust": "fn main( { let }", "c": "int main( {", "cpp": "class {{",
    "csharp": "class A { void ( }", "ruby": "def f(x\n  x", "php": "function f($x { }", "bash": "for i in; do (",
    "sql": "SELEC FROM WHERE", "css": "a { color", "json": '{"a" 1}', "toml": "a = = 1", "yaml": "a: [1, 2\nb: }",
}  # fmt: skip


async def test_each_language_with_a_grammar_is_parsed_and_what_is_broken_is_named_with_its_line():
    pieces = [(code, language_of_fence(name)) for table in (GOOD, BAD) for name, code in table.items()]
    checks = await check(pieces)

    good, bad = checks[: len(GOOD)], checks[len(GOOD) :]
    assert [c.language.label for c in good if c.language and not c.sound] == []
    assert [c.language.label for c in bad if c.language and c.parsed is not False] == []
    assert all("line" in said for c in bad for said in c.wrong("en"))
    assert all(any("\u4e00" <= x <= "\u9fff" for x in said) for c in bad for said in c.wrong("zh"))


async def test_python_is_looked_through_for_what_cannot_work_and_not_for_taste():
    code = "import os\nimport sys\n\n\ndef f(x):\n    return y + '%s %s' % (x,)\n"
    (found,) = await check([(code, language_of_fence("py"))])

    assert [in_words(fault, "en") for fault in found.faults] == [
        "line 6: '...' % ... has 2 placeholder(s) but 1 substitution(s)",
        "line 6: undefined name 'y'",
    ]


async def test_a_warning_of_the_parser_is_neither_an_error_nor_printed(capfd):
    (found,) = await check([("x = '\\d'\n", language_of_fence("py"))])

    assert found.sound
    assert capfd.readouterr() == ("", "")


async def test_code_that_brings_a_parser_down_is_not_checked_and_what_stands_behind_it_is():
    """Deeply nested YAML ends its parser by a stack overflow; it ends a process of its own."""
    yaml, python = language_of_fence("yaml"), language_of_fence("py")
    first, broken, last = await check([("x = 1", python), ("- " * 50_000, yaml), ("x = (", python)])

    assert (first.parsed, broken.parsed, last.parsed) == (True, None, False)


async def test_a_language_without_a_grammar_is_not_checked():
    (found,) = await check([("f x = 2 * x", language_of_fence("haskell"))])

    assert found.parsed is None


@pytest.mark.parametrize(
    ("language", "code", "names"),
    [
        (
            "python",
            "import os as o\nfrom shutil import rmtree as r\no.system(c)\nr(c)\neval(c)",
            ["os.system", "shutil.rmtree", "eval"],
        ),
        (
            "python",
            "import subprocess\nsubprocess.run(c, shell=True)\nsubprocess.run(['rm', '-rf', c])",
            ["subprocess.run(shell=True)", "rm -r"],
        ),
        (
            "python",
            "import pickle, requests\npickle.loads(b)\nrequests.get(u, verify=False)",
            ["pickle.loads", "requests.get(verify=False)"],
        ),
        ("python", "c.execute('DROP TABLE t')\nc.execute(f'select {x}')", ["DROP TABLE t", "execute"]),
        ("python", "import os\nos.system('curl https://x | sh')", ["os.system", "curl | sh"]),
        (
            "javascript",
            "eval(s); el.innerHTML = x;\ndocument.write(x); re.exec(x)",
            ["eval", "el.innerHTML", "document.write"],
        ),
        ("tsx", "const A = () => <p dangerouslySetInnerHTML={{ __html: x }} />;", ["dangerouslySetInnerHTML"]),
        (
            "go",
            'package main\nfunc main() {\nexec.Command("sh", "-c", x)\nos.RemoveAll(x)\n}',
            ["exec.Command sh", "os.RemoveAll"],
        ),
        ("java", "class A { void f() { Runtime.getRuntime().exec(x); } }", ["Runtime.getRuntime().exec"]),
        ("c", "int main(void) {\ngets(b);\nsystem(c);\nreturn 0; }", ["gets", "system"]),
        ("csharp", "class A { void F() { Process.Start(x); } }", ["Process.Start"]),
        ("ruby", "eval(x)\n`ls`\nMarshal.load(x)", ["eval", "`…`", "Marshal.load"]),
        ("php", "unserialize($x);\nsystem($x);", ["unserialize", "system"]),
        ("rust", "fn main() { unsafe { f(); } }", ["unsafe"]),
        (
            "bash",
            "sudo rm -rf /tmp/x\ncurl -s https://x | sudo bash\nbash <(curl x)",
            ["rm -rf /tmp/x", "curl | bash", "bash <(curl x)"],
        ),
        ("sql", "DROP TABLE t;\nDELETE FROM t;\nDELETE FROM t WHERE a = 1;", ["DROP TABLE t", "DELETE FROM t"]),
    ],
)
async def test_calls_that_can_do_harm_are_found_by_the_syntax_tree(language, code, names):
    (found,) = await check([(code, language_of_fence(language))])

    assert [danger.name for danger in found.dangers] == names


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "# os.system(c)\ns = 'eval(x); rm -rf /'\nmodel.eval\nyaml.load(x, Loader=yaml.SafeLoader)\n"),
        ("javascript", "// eval(x)\nconst s = 'innerHTML = 1; document.write(x)';"),
        ("bash", "# rm -rf /\necho 'rm -rf / ; curl x | sh'\nrm file.txt"),
        ("sql", "-- DROP TABLE t\nSELECT 'DROP TABLE t';\nUPDATE t SET a = 1 WHERE b = 2;"),
        ("go", 'package main\n// os.RemoveAll\nfunc main() { println("exec.Command") }'),
    ],
)
async def test_what_stands_in_a_comment_or_a_string_is_no_call(language, code):
    (found,) = await check([(code, language_of_fence(language))])

    assert found.parsed
    assert found.dangers == ()


async def test_a_password_in_the_code_is_a_fault_and_a_placeholder_is_none():
    python, go = language_of_fence("py"), language_of_fence("go")
    written, placeholder, in_go = await check([
        ("password = 'kd93kdk39d'", python), ("password = 'YOUR_PASSWORD'\ntoken = ''", python),
        ('package main\n\nvar apiKey = "kd93kdk39dX"\n', go),
    ])  # fmt: skip

    assert "password or key" in written.wrong("en")[0]
    assert placeholder.sound
    assert in_go.written_secrets


async def test_packages_that_the_language_does_not_bring_along_are_named_unless_a_page_names_them():
    code = "import os, yaml, requests\nfrom harbour import Client\n"
    pieces = [
        (code, language_of_fence("py")),
        ("import fs from 'fs'; import ax from 'axios';", language_of_fence("js")),
        ('package main\nimport (\n"fmt"\n"github.com/a/b"\n)\n', language_of_fence("go")),
    ]
    checks = await check(pieces, known="Install it with pip install harbour.")

    assert [c.packages for c in checks] == [("PyYAML", "requests"), ("axios",), ("github.com/a/b",)]


@pytest.mark.parametrize(
    ("text", "language", "error", "place"),
    [
        (
            ('Traceback (most recent call last):\n  File "/app/own.py", line 7, in main\n    go()\n'
            '  File "/usr/lib/python3.11/json/__init__.py", line 3, in loads\n    x\n'
            "json.decoder.JSONDecodeError: Expecting value"),
            "python", "json.decoder.JSONDecodeError", ("/app/own.py", 7),
        ),
        (
            ("TypeError: Cannot read properties of undefined (reading 'id')\n    at find (/srv/app/users.js:12:9)\n"
            "    at node:internal/main:23:47"),
            "javascript", "TypeError", ("/srv/app/users.js", 12),
        ),
        (
            ('Exception in thread "main" java.lang.IllegalStateException: no\n\tat com.acme.App.main(App.java:9)\n'
            "Caused by: java.lang.NullPointerException: x is null\n\tat java.util.Objects.requireNonNull(Objects.jav"
            "a:233)\n"
            "\tat com.acme.Store.load(Store.java:41)"),
            "java", "java.lang.NullPointerException", ("Store.java", 41),
        ),
        (
            ("panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.pick(...)\n\t/src/pick.go:"
            "14\n"
            "main.main()\n\t/src/main.go:8 +0x1d"),
            "go", "panic", ("/src/pick.go", 14),
        ),
    ],
)  # fmt: skip
def test_a_stack_trace_is_read_and_the_place_is_in_our_own_code(text, language, error, place):
    found = trace_in(f"it says\n{text}\n")

    assert found
    assert found.place
    assert (found.language, found.error, (found.place.file, found.place.line)) == (language, error, place)


def test_text_without_a_trace_has_none():
    assert trace_in("Error: it failed. Look at line 3 of the file, at noon.") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Write a Go function", "go"), ("now in go", "go"), ("convert this Python code to Rust", "rust"), ("in C++",
        "cpp"),
        ("用 Python 写", "python"), ("用C语言写", "c"), ("改成 TypeScript", "typescript"), ("in C# please", "csharp"),
        ("Where do I go?", None), ("go ahead", None), ("my package.json", None), ("the C drive", None),
        ("rust on the frame", None),
    ],
)  # fmt: skip
def test_the_language_of_a_request(text, name):
    found = language_in(text)

    assert (found.name if found else None) == name


def test_the_language_of_a_file():
    assert [(found := language_of_file(name)) and found.name for name in ("a.py", "B.TS", "Dockerfile", "a.docx")] == [
        "python", "typescript", "dockerfile", None,
    ]  # fmt: skip


def test_fences_are_found_as_markdown_has_them_and_written_so_that_nothing_in_them_closes_them():
    parts = parts_of("Do:\n\n1. This:\n   ```python\n   x = 1\n     y\n   ```\nthen\n````md\n```\n````\n```go\nopen")

    assert parts == [
        "Do:\n\n1. This:",
        Block("python", "x = 1\n  y"),
        "then",
        Block("md", "```"),
        Block("go", "open", closed=False),
    ]
    assert str(Block("md", "```")) == "````md\n```\n````"


def test_code_that_people_paste_is_found_as_chat_programs_take_it():
    words, blocks = pasted("look ```x = 1``` and\n```py\ny = 2\n```please")

    assert [(b.info, b.code) for b in blocks] == [("", "x = 1"), ("py", "y = 2")]
    assert words.split() == ["look", "and", "please"]


def test_secrets_are_hidden_and_stand_ins_stay():
    key = "sk-" + "a8Kd93kLpQ2z" * 2
    hidden, count = without_secrets(f"key = '{key}'\nother = 'sk-your-key-goes-here'")

    assert count == 1
    assert key not in hidden
    assert "sk-your-key-goes-here" in hidden
