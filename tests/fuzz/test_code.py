"""What the program's own code never does: run text, unpickle, hand words to a shell, open a connection."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TREES = ("studyapp", "db", "labs", "content", "bench")
RUNS = {"eval", "exec", "compile", "__import__", "execfile"}
"""Names that make code of a text."""
UNPICKLES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "code",
    "codeop",
    "pty",
}
CONNECTS = {
    *("socket", "ssl", "http", "urllib", "urllib3", "requests", "httpx", "aiohttp", "websockets", "ftplib", "smtplib"),
    *("telnetlib", "xmlrpc", "socketserver", "webbrowser", "huggingface_hub"),
}
SHELLS = {
    "os.system",
    "os.popen",
    "asyncio.create_subprocess_shell",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
}
LOADS = {
    *(
        "torch.load",
        "torch.hub.load",
        "torch.jit.load",
        "yaml.load",
        "yaml.load_all",
        "yaml.unsafe_load",
        "yaml.full_load",
    ),
    *("np.load", "numpy.load", "pandas.read_pickle", "runpy.run_path", "runpy.run_module", "tempfile.mktemp"),
}
YAML_LOADERS = {"Loader", "CLoader", "FullLoader", "UnsafeLoader", "CUnsafeLoader", "CFullLoader"}

ALLOWED = {
    (
        "studyapp/tui/folder.py",
        "a shell",
    ): "a fixed line; command and folder are its arguments, never its words",
    ("studyapp/tui/screens/reader.py", "connects: urllib"): "urllib.parse, to read %20 in a link",
    ("studyapp/tui/screens/reader_face.py", "connects: urllib"): "urllib.parse, to read %20 in a picture's address",
    ("studyapp/web.py", "connects: socket"): "`studyapp serve`, on loopback, when asked for",
    ("studyapp/web.py", "connects: aiohttp"): "`studyapp serve`, on loopback, when asked for",
    ("db/store.py", "connects: socket"): "gethostname, which asks no network: whose copy of a server's content this is",
    ("labs/common/models.py", "connects: huggingface_hub"): "`--model OWNER/NAME`, when the learner names one",
}
"""(file, what) to why it may."""


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def findings(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) of everything in a file that should not be there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) and not node.level else None
            names = [module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                top = name.partition(".")[0]
                if top in UNPICKLES:
                    yield node.lineno, f"unpickles: {top}"
                if top in CONNECTS:
                    yield node.lineno, f"connects: {top}"
            imported = {alias.name for alias in node.names}
            if (module == "torch" and "load" in imported) or (
                module == "yaml" and imported & (YAML_LOADERS | {"load"})
            ):
                yield node.lineno, f"loads: {module}"
        elif isinstance(node, ast.Attribute) and node.attr in YAML_LOADERS and dotted(node.value) == "yaml":
            yield node.lineno, f"loads: yaml.{node.attr}"
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[tuple[int, str]]:
    name = dotted(node.func)
    if name in RUNS:
        yield node.lineno, f"runs: {name}"
    if name in LOADS and not any(dotted(part) in ("yaml.SafeLoader", "yaml.CSafeLoader") for part in node.args[1:]):
        yield node.lineno, f"loads: {name}"
    if name in SHELLS:
        yield node.lineno, "a shell"
    words = {word.arg: word.value for word in node.keywords}
    shell = words.get("shell")
    if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
        yield node.lineno, "a shell"
    first = node.args[0] if node.args else None
    parts = first.elts[:2] if isinstance(first, ast.List) else []
    if [getattr(part, "value", "") for part in parts[1:]] == ["-c"] and dotted(parts[0]) != "sys.executable":
        yield node.lineno, "a shell"
    for careless in ("trust_remote_code", "allow_pickle"):
        if careless in words:
            yield node.lineno, f"trusts: {careless}"
    if name.endswith(".from_pretrained") and "subfolder" not in words and not _safe(words) and "Scheduler" not in name:
        yield node.lineno, "loads weights of any kind"


def _safe(words: dict[str | None, ast.expr]) -> bool:
    """Whether weights may only be safetensors, which hold numbers and nothing else."""
    value = words.get("use_safetensors")
    return isinstance(value, ast.Constant) and value.value is True


def all_files() -> list[Path]:
    return sorted(file for tree in TREES for file in (ROOT / tree).rglob("*.py"))


def test_the_code_does_none_of_it() -> None:
    found = {}
    for file in all_files():
        name = file.relative_to(ROOT).as_posix()
        for line, what in findings(file.read_text("utf-8")):
            found[name, what] = line
    assert {key: line for key, line in found.items() if key not in ALLOWED} == {}
    assert sorted(set(ALLOWED) - set(found)) == [], "these are not needed any more"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("eval('1')", "runs: eval"),
        ("exec(text)", "runs: exec"),
        ("import pickle", "unpickles: pickle"),
        ("from pickle import loads", "unpickles: pickle"),
        ("import torch\ntorch.load(x)", "loads: torch.load"),
        ("from torch import load", "loads: torch"),
        ("yaml.load(x, Loader)", "loads: yaml.load"),
        ("yaml.load(x, Loader=yaml.Loader)", "loads: yaml.load"),
        ("x = yaml.UnsafeLoader(t)", "loads: yaml.UnsafeLoader"),
        ("subprocess.run(x, shell=True)", "a shell"),
        ("subprocess.run(x, shell=flag)", "a shell"),
        ("os.system(x)", "a shell"),
        ("subprocess.run(['sh', '-c', x])", "a shell"),
        ("import urllib.request", "connects: urllib"),
        ("np.load(x, allow_pickle=True)", "trusts: allow_pickle"),
        ("P.from_pretrained(x, trust_remote_code=True, use_safetensors=True)", "trusts: trust_remote_code"),
        ("P.from_pretrained(folder)", "loads weights of any kind"),
    ],
)
def test_the_watch_sees_it(code: str, what: str) -> None:
    assert what in [found for _, found in findings(code)]


@pytest.mark.parametrize(
    "code", ["model.eval()", "re.compile('x')", "subprocess.run(words, check=False)", "yaml.SafeLoader(x)"]
)
def test_the_watch_lets_pass_what_is_harmless(code: str) -> None:
    assert list(findings(code)) == []


def test_weights_in_the_tree_are_safetensors() -> None:
    """No file that unpickles when it is read: neither by its ending nor by its first bytes."""
    pickled = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".npy", ".npz", ".joblib"}
    for tree in TREES:
        for file in (ROOT / tree).rglob("*"):
            assert file.suffix not in pickled, file
            if file.suffix == ".safetensors":
                with file.open("rb") as stream:
                    head = stream.read(9)
                assert int.from_bytes(head[:8], "little") < 10_000_000, file
                assert head[8:] == b"{", file
