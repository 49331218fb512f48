"""Every code that a delivery or a mailbox can show has a sentence; the codes are looked up in the code itself."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import app
from app.channels import address, imap
from app.domain import outcomes
from app.domain.delivery import Outcome
from app.services import fetching, mails
from app.worker import fetch

CODE = re.compile(r"[a-z]+(-[a-z]+)*")
CARRIERS = {Outcome, address.Refused, imap.Failed, mails.Unready, fetching.Unreadable}
# Written like codes in those files, and something else: headers, and what is wrong with a mail that came in.
NO_CODES = {"webhook-id", "webhook-timestamp", "webhook-signature", "too-large"}
# Told by a module that only passes codes on otherwise.
BESIDES = {fetching.GOOD, "bounced"}
KINDS = {"temporary", "permanent"}  # the other word that an outcome carries


def _modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    root = Path(app.__file__).parent
    for folder in ("channels", "services", "worker"):
        for path in sorted((root / folder).glob("*.py")):
            name, tree = f"app.{folder}.{path.stem}", ast.parse(path.read_text())
            if name == fetch.__name__ or _carriers(name, tree):
                yield importlib.import_module(name), tree


def _carriers(module: str, tree: ast.Module) -> list[ast.Call]:
    """Where a value is made that carries a code."""
    made_in = {each.__name__: each.__module__ for each in CARRIERS}
    known = {name for name, home in made_in.items() if home == module}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            known |= {each.name for each in node.names if made_in.get(each.name) == node.module}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known
    ]


def _steps(tree: ast.Module) -> set[str]:
    """What a channel says that it is doing."""
    found: set[str] = set()
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if "doing" in {getattr(each, "attr", getattr(each, "id", None)) for each in targets}:
            found |= _texts(getattr(node, "value"))  # noqa: B009 (both have it, and mypy does not know)
    return found - {"parting"}


def _texts(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _of(module: ModuleType, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            ends = [end for end in _texts(node.values[-1]) if end.startswith("-")]
            yield from (f"{step}{end}" for step in _steps(tree) for end in ends)
    yield from (text for text in _texts(tree) if "-" in text and CODE.fullmatch(text))
    for call in _carriers(module.__name__, tree):
        yield from _texts(call)
        names = [each.id for each in ast.walk(call) if isinstance(each, ast.Name)]
        yield from (value for name in names if isinstance(value := getattr(module, name, None), str))


def codes() -> set[str]:
    found = {code for module, tree in _modules() for code in _of(module, tree) if CODE.fullmatch(code)}
    return (found | BESIDES) - NO_CODES - KINDS


def test_every_code_has_a_sentence():
    found = codes()
    assert {"folder-missing", "data-timeout", "greeting-refused", "gone", "too-slow", "sender-failed"} <= found
    assert {code for code in found if outcomes.sentence(code) == outcomes._OTHERWISE} == set()


def test_every_sentence_is_of_a_code():
    assert set(outcomes._SENTENCES) - codes() == set()


def test_sentences_are_sentences():
    for code in codes():
        assert re.fullmatch(r"[A-Z].*[.?]", outcomes.sentence(code)), code


def test_a_mail_that_came_back_says_with_which_number():
    assert outcomes.sentence("bounced-5.1.1").endswith("could not deliver it (5.1.1).")


def test_a_code_of_a_version_before_has_one_too():
    assert outcomes.sentence("bounced-x") == outcomes.sentence("of-long-ago") == outcomes._OTHERWISE
