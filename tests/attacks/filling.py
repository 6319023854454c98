"""A visitor who follows every link and fills in every form with words that must not be found anywhere afterwards."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

CANARY = "Kanarya"
"""In every word that is typed; in no word of the interface."""

IN_CLEAR = {"legacy_number": "2019-0042"}
"""Fields that are not sealed and take no words: what they are given instead."""


@dataclass
class Form:
    """One form of a page: where it goes, and its fields."""

    address: str
    method: str
    fields: dict = field(default_factory=dict)
    texts: set = field(default_factory=set)
    is_upload: bool = False


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, address, html):
        super().__init__()
        self.address, self.links, self.forms, self.outside = address, [], [], []
        self.form, self.choice, self.text = None, None, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        for name in ("src", "href", "action", "srcset", "poster", "data"):
            if (given.get(name) or "").startswith(("http:", "https:", "//")):
                self.outside.append((tag, given[name]))
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.address, given["href"]))
        elif tag == "form":
            self.form = Form(urljoin(self.address, given.get("action") or ""), (given.get("method") or "get").lower())
            self.forms.append(self.form)
        elif self.form is not None and given.get("name"):
            self.field(tag, given["name"], given)
        elif tag == "option" and self.choice and given.get("value"):
            self.form.fields.setdefault(self.choice, given["value"])

    def field(self, tag, name, given):
        kind = given.get("type", "text")
        if tag == "textarea":
            self.form.texts.add(name)
        elif tag == "select":
            self.choice = name
        elif tag == "button":
            self.form.fields.setdefault(name, given.get("value", ""))
        elif tag == "input" and kind in ("radio", "checkbox"):
            self.form.fields.setdefault(name, given.get("value", "on"))
        elif tag == "input" and kind == "hidden":
            self.form.fields[name] = given.get("value", "")
        elif tag == "input" and kind == "file":
            self.form.is_upload = True
        elif tag == "input" and given.get("inputmode") == "numeric":
            day = {"day": "2", "year": "1991"}
            self.form.fields[name] = next((value for end, value in day.items() if name.endswith(end)), "")
        elif tag == "input" and kind == "number":
            self.form.fields[name] = ""
        elif tag == "input" and kind == "date":
            self.form.fields[name] = "2026-03-02"
        elif tag == "input":
            self.form.texts.add(name)

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.choice = None


@dataclass
class Walked:
    """Where the visitor came, and what the answers told."""

    pages: dict = field(default_factory=dict)
    posted: list = field(default_factory=list)
    locations: list = field(default_factory=list)
    statuses: dict = field(default_factory=dict)
    answers: list = field(default_factory=list)


SPARED = re.compile(r"/(account/logout|leave|shoulder|language|members/[^/]+/left)/")


def walk(client, start="/", most=150):
    """Follow every link from a page and send every form once, with a canary in every text."""
    walked, waiting, number, shapes = Walked(), [start], 0, set()
    while waiting and len(walked.pages) < most:
        address = waiting.pop(0)
        path = urlsplit(address).path
        if path in walked.pages or path.startswith("/static/"):
            continue
        answer = client.get(address, follow=True)
        walked.statuses[path] = answer.status_code
        if "html" not in answer.get("Content-Type", ""):
            walked.pages[path] = None
            continue
        page = walked.pages[path] = Page(address, answer.content.decode())
        waiting += [link for link in page.links if urlsplit(link).netloc == ""]
        for form in page.forms:
            shape = (re.sub(r"[0-9a-f-]{36}|[A-Z]{2}-\d{4}-\d{5}", "*", urlsplit(form.address).path), tuple(sorted(form.fields)))
            if form.method != "post" or SPARED.search(form.address) or shape in shapes or form.is_upload:
                continue
            shapes.add(shape)
            sent = dict(form.fields)
            for name in sorted(form.texts):
                number += 1
                sent[name] = IN_CLEAR.get(name) or f"{CANARY}{number:04d}" + ("@example.org" if "mail" in name else "")
            answer = client.post(form.address, sent)
            walked.posted.append((form.address, sent))
            walked.statuses[f"POST {form.address}"] = answer.status_code
            if "html" in answer.get("Content-Type", ""):
                walked.answers.append((f"POST {form.address}", answer.content.decode()))
            if answer.status_code in (301, 302, 303):
                walked.locations.append(answer["Location"])
                waiting.append(urljoin(form.address, answer["Location"]))
    return walked
