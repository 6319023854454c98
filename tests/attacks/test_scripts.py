"""Words that would run in a browser: whatever is typed, wherever it is shown again, it stays words."""

import re
from datetime import date
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from amparo.desk.access.roles import Role
from amparo.desk.cases import actions

from ..walks.test_addresses import PARAMETER, addresses
from . import filling

CORPUS = (
    "<script>kan()</script>",
    '"><img src=x onerror=kan()>',
    "'><svg/onload=kan()>",
    "</textarea><script>kan()</script>",
    "</title><script>kan()</script>",
    "--><script>kan()</script><!--",
    "</script><script>kan()</script>",
    '" autofocus onfocus=kan() x="',
    "' onmouseover='kan()",
    " onclick=kan() ",
    "`onerror=kan()`",
    "javascript:kan()",
    "JaVaScRiPt:kan()",
    "data:text/html,<script>kan()</script>",
    '<a href="javascript:kan()">kan</a>',
    "<iframe srcdoc='<script>kan()</script>'>",
    "<base href='//kan.example/'>",
    "<meta http-equiv=refresh content='0;url=//kan.example'>",
    "<form action=//kan.example><button>kan",
    "<link rel=stylesheet href=//kan.example/x.css>",
    "<math><mi xlink:href='javascript:kan()'>x",
    "<details open ontoggle=kan()>",
    "<object data=//kan.example></object>",
    "&lt;script&gt;kan()&lt;/script&gt;",
    "&#60;img src=x onerror=kan()&#62;",
    "%3Cscript%3Ekan()%3C/script%3E",
    "\\u003cscript\\u003ekan()",
    "<scr<script>ipt>kan()</scr</script>ipt>",
    "<img/src=`x`onerror=kan()>",
    "<style>@import'//kan.example'</style>",
    "\u202e<script>kan()</script>",
    "<ＳＣＲＩＰＴ>kan()</ＳＣＲＩＰＴ>",
    "{{ 'kankan'|upper }}{% debug %}",
    "${kan()}#{kan()}<%= kan() %>",
)
"""Each holds `kan`, so that nothing of the interface's own is taken for it."""

FILTERS = ("<scr<script>ipt>kan()</scr</script>ipt>", "<img/src=`x`onerror=kan()>")
"""They run only where a filter takes something out of them."""

RUNS = re.compile(r"^\s*(javascript|data|vbscript):", re.IGNORECASE)
ADDRESSES = ("href", "src", "action", "formaction", "srcdoc", "data", "xlink:href", "content", "poster")
TYPISTS = [
    (Role.SUPERVISOR, 0),
    *(pytest.param(role, first, marks=pytest.mark.whole) for role, first in ((Role.SUPERVISOR, 17), (Role.CASEWORKER, 0))),
    (Role.DATA_STEWARD, 9),
    (Role.ADMINISTRATOR, 18),
]


class Running(HTMLParser):
    """Collects whatever of a page a browser would run or load from the corpus."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("base", "object", "iframe", "embed", "math", "details") and "kan" in str(given):
            self.found.append((tag, given))
        if tag == "script" and "src" not in given and "json" not in (given.get("type") or ""):
            self.found.append((tag, given))
        for name, value in given.items():
            if name.startswith("on") or (name in ADDRESSES and (RUNS.match(value or "") or "//kan.example" in (value or ""))):
                self.found.append((tag, name, value))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)


def running(html):
    """Return what of a page would run; a template that was typed and obeyed counts too."""
    return Running(html).found + (["template"] if "KANKAN" in html else [])


def test_the_attack_sees_every_kind_of_running_words():
    """Shown as they are, most of the corpus runs; what needs an attribute to break out of gets one."""
    blind = [words for words in CORPUS if not (running(words) or running(f'<a href="{words}">') or running(f"<a x='{words}'>"))]
    sleeping = ("&lt;", "&#60;", "%3C", "\\u003c", "<ＳＣＲＩＰＴ", "{{", "${", " onclick", "`onerror")
    assert [words for words in blind if not words.startswith(sleeping)] == list(FILTERS)
    assert running("KANKAN")


def _turning(monkeypatch, first):
    """Let every text field that is filled in get the next words of the corpus."""
    number = iter(range(first, first + 100_000))

    class Next:
        def __format__(self, spec):
            return CORPUS[next(number) % len(CORPUS)]

    monkeypatch.setattr(filling, "CANARY", Next())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "first"), TYPISTS)
def test_what_is_typed_anywhere_stays_words_everywhere(role, first, make_member, shelter, sign_in, monkeypatch):
    """A member types it into every form; then members of every role look at every page."""
    typist = make_member(shelter, role)
    if role in (Role.CASEWORKER, Role.SUPERVISOR):
        actions.open_case(by=typist, opened_on=date(2026, 3, 2), person={"given_names": CORPUS[first]})
    _turning(monkeypatch, first)
    walked = filling.walk(sign_in(typist))
    assert len(walked.posted) > 2
    shown = list(walked.answers)
    for reader in (typist, *(make_member(shelter, other) for other in (Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR))):
        (client := Client()).force_login(reader.user)
        answers = [(path, client.get(path)) for path in (*walked.pages, "/", "/people/")]
        shown += [(path, answer.text) for path, answer in answers if "html" in answer.get("Content-Type", "")]
    wrong = [(path, found) for path, html in shown for found in running(html)]
    assert not wrong, wrong
    assert any("kan" in html for _, html in shown), "nothing that was typed is shown anywhere"


@pytest.mark.django_db
@pytest.mark.parametrize("words", CORPUS)
def test_what_comes_in_an_address_or_header_stays_words(words, sign_in, her_caseworker):
    """In every part of every address, in queries, in headers, signed in and not: pages and errors alike."""
    client, wrong, quoted = sign_in(her_caseworker), [], quote(words, safe="")
    query = "&".join(
        f"{name}={quoted}" for name in ("next", "q", "words", "after", "sort", "stage", "gender", "language", "tab", quoted)
    )
    headers = {"referer": f"http://localhost/{quoted}", "user-agent": quoted, "accept-language": quoted}
    asked = {f"/{quoted}", f"/?{query}", f"/people/?{query}", f"/account/login/?{query}", f"/static/{quoted}"}
    for _name, route, _view in addresses():
        if "<str:" in route or "<slug:" in route or "<number>" in route:
            asked.add("/" + PARAMETER.sub(lambda found: quoted if found[1] != "uuid" else "0" * 32, route).strip("^$"))
    for address in sorted(asked):
        for who in (client, Client()):
            for answer in (who.get(address, headers=headers), who.post(address, {"next": words, "words": words}, headers=headers)):
                assert answer.status_code < 500, address
                if "html" in answer.get("Content-Type", ""):
                    wrong += [(address, found) for found in running(answer.text)]
                if 300 <= answer.status_code < 400:
                    there = urlsplit(answer["Location"])
                    assert not there.netloc, f"{address} sends away to {answer['Location']}"
                    assert not RUNS.match(answer["Location"]), address
    assert not wrong, wrong


@pytest.mark.parametrize(
    "words", ["//kan.example", "https://kan.example/", "/\\kan.example", "http:///kan.example", "javascript:kan()"]
)
@pytest.mark.django_db
def test_signing_in_sends_nobody_away(words, her_caseworker):
    """A link that ends elsewhere after the sign-in is how a password is fished."""
    her_caseworker.user.set_password("a long enough pass phrase")
    her_caseworker.user.save()
    answer = Client().post(
        f"/account/login/?next={quote(words, safe='')}",
        {"login": her_caseworker.user.email, "password": "a long enough pass phrase", "next": words},
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/"
