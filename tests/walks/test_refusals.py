"""Whatever a policy refuses, the page says why: each reason code has its sentence, and each sentence its code."""

import ast

import pytest
from django.utils import translation

from amparo.desk.access import refusals
from amparo.desk.access.guard import Denied
from amparo.desk.access.middleware import MemberMiddleware

from .house import DESK, tree_of

SAYING = {"no": 0, "Denied": 0, "refuse": 1, "Verdict": 1}
"""Who says a reason, and which argument it is."""


def said():
    """Return {reason code: one place that says it}, and every place whose code cannot be read from the source."""
    codes, unread = {}, []
    for path in sorted(DESK.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(tree_of(path)):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING):
                continue
            place = SAYING[node.func.id]
            if len(node.args) <= place or (node.func.id == "refuse" and ast.unparse(node.args[0]) != "request"):
                continue
            reason = node.args[place]
            where = f"{path.relative_to(DESK)}:{node.lineno}"
            if isinstance(reason, ast.Constant):
                codes.setdefault(reason.value, where)
            else:
                unread.append((str(path.relative_to(DESK)), ast.unparse(reason)))
    return codes, unread


def test_every_reason_has_its_words_and_no_words_are_left_over():
    codes, _ = said()
    assert len(codes) > 40
    assert not {code: where for code, where in codes.items() if code not in refusals.WORDS}
    assert not set(refusals.WORDS) - set(codes)


def test_no_reason_is_put_together_out_of_sight():
    """Only what hands another's verdict on may say a reason that does not stand in the source."""
    handed_on = {"access/guard.py", "access/middleware.py"}
    _, unread = said()
    wrong = [(path, code) for path, code in unread if path not in handed_on and code != "reason" and not code.endswith(".reason")]
    assert not wrong


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_page_says_it_in_each_language(rf, her_caseworker, language):
    general = {}
    for code in ("verdict_given", "authors_do_not_judge", "consent_narrower", "not_yourself"):
        request = rf.get("/")
        request.member, request.user, request.session, request.resolver_match = her_caseworker, her_caseworker.user, {}, None
        with translation.override(language):
            page = MemberMiddleware(None).process_exception(request, Denied(code)).content.decode()
            general[code] = str(refusals.GENERAL) in page
            assert str(refusals.WORDS[code]) in page.replace("&#x27;", "'")
    assert not any(general.values())
    with translation.override("en"):
        english = str(refusals.WORDS["verdict_given"])
    with translation.override(language):
        assert (str(refusals.WORDS["verdict_given"]) == english) is (language == "en")
