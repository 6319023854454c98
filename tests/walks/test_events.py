"""Every event that the program can record reads as a sentence, in English, French and Spanish, and belongs to a kind."""

import ast
import importlib

import pytest
from django.utils import translation
from django.utils.functional import Promise

from amparo.desk.audit import wording
from amparo.desk.consent.rules import State
from amparo.desk.oversight.queries import KIND_OF

from .house import PACKAGE, sources, tree_of

MADE = {
    "consent.{}": [f"consent.{state.value}" for state in State],
    "contribution.{}": ["contribution.refused", "contribution.cancelled"],
}
"""Actions that are put together while running, each with everything that it can become."""
DETAILS = {
    "number": 2,
    "position": 1,
    "part": "notes",
    "fields": ["next_step"],
    "from": "signal",
    "to": "assistance",
    "count": 3,
    "sign": "bulk",
    "opinion": "explained",
    "role": "health",
    "member": "0",
    "kind": "matters",
    "purpose": "statistics",
}


def recorders(tree):
    """Return every call that records an event: `audit.record(...)`, `chain.record(...)`, a command's own `record_here(...)`."""
    for node in ast.walk(tree):
        match getattr(node, "func", None):
            case ast.Name("record_here") | ast.Attribute(ast.Name("audit" | "chain"), "record"):
                yield node


def said(node, path):
    """Return every action that an expression can be; raise where nobody can tell."""
    match node:
        case ast.Constant(str() as action):
            return {action}
        case ast.IfExp(_, one, other):
            return said(one, path) | said(other, path)
        case ast.JoinedStr(parts):
            shape = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            return set(MADE[shape])
        case ast.Name("action") if path.name == "keeping.py":
            return set()  # what `record_here` is given is seen where it is called
        case ast.Name(name) if name.isupper():
            module = ".".join(["amparo", *path.relative_to(PACKAGE).with_suffix("").parts])
            return {getattr(importlib.import_module(module), name)}
    raise AssertionError(f"{path}: say in MADE what this can be: {ast.unparse(node)}")


def actions():
    found = {}
    for path in sources():
        for call in recorders(tree_of(path)):
            for action in said(call.args[0], path):
                found.setdefault(action, path.name)
    return found


def test_every_action_has_its_sentence_and_its_kind():
    found = actions()
    assert len(found) > 60
    assert not {action: place for action, place in found.items() if action not in wording.known()}
    assert not {action.partition(".")[0] for action in found} - set(KIND_OF)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_sentence_is_another_in_another_language(language):
    same = []
    for action in sorted(wording.known()):
        with translation.override("en"):
            english = wording.say(action, DETAILS, {"0": "N. Urse"})
        with translation.override(language):
            if wording.say(action, DETAILS, {"0": "N. Urse"}) == english:
                same.append(action)
    assert not same


def test_a_sentence_stands_whatever_its_details_are():
    for action in wording.known():
        for details in ({}, DETAILS, dict.fromkeys(DETAILS), dict.fromkeys(DETAILS, "unheard_of") | {"fields": []}):
            assert str(wording.say(action, details, {})).strip()


def test_an_action_without_a_sentence_is_shown_by_its_code():
    assert wording.say("something.new", {}, {}) == "Recorded: something.new"


def test_two_rooms_cannot_speak_for_one_action():
    with pytest.raises(ValueError, match="two rooms"):
        wording.teach({"case.opened": lambda details, names: "another"})
    assert isinstance(wording.part("notes"), Promise)
