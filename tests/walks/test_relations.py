"""What points from one app to another without an import: foreign keys, model names in strings, addresses in templates."""

import ast
import re

from django.apps import apps as registry
from django.urls import get_resolver

from .house import DESK, PACKAGE, apps, may_know, sources, tree_of

OURS = "amparo.desk."


def app_of(thing):
    """Return the desk app that a model or view function belongs to, or None for a library's."""
    module = thing.__module__
    return module.split(".")[2] if module.startswith(OURS) else None


def test_foreign_keys_point_downwards():
    wrong, count = [], 0
    for model in registry.get_models(include_auto_created=True):
        app = app_of(model)
        if app is None:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if target is None or not getattr(field, "concrete", False) or app_of(target) is None:
                continue
            count += 1
            if not may_know(app, app_of(target)):
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert count > 5
    assert not wrong, wrong


LABEL = re.compile(r"^([a-z_]+)\.[A-Z][A-Za-z]+$")


def test_models_named_in_strings_stand_lower():
    wrong = []
    for path in sources(DESK):
        app = path.relative_to(DESK).parts[0]
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if name == "get_model" and words and words[0].split(".")[0] in apps():
                    wrong += [] if may_know(app, words[0].split(".")[0]) else [f"{path.relative_to(PACKAGE)}: {words}"]
                if name in ("ForeignKey", "OneToOneField", "ManyToManyField"):
                    for word in words:
                        found = LABEL.match(word)
                        if found and found[1] in apps() and not may_know(app, found[1]):
                            wrong.append(f"{path.relative_to(PACKAGE)}: {word}")
    assert not wrong, wrong


def address_owners():
    """Return for each named address of ours the app that owns its view."""
    owners = {}

    def walk(patterns, before):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, f"{before}{pattern.namespace}:" if pattern.namespace else before)
            elif pattern.name and app_of(getattr(pattern.callback, "view_class", pattern.callback)):
                owners[before + pattern.name] = app_of(getattr(pattern.callback, "view_class", pattern.callback))

    walk(get_resolver().url_patterns, "")
    return owners


URL_TAG = re.compile(r"\{%\s*url\s+['\"]([\w:-]+)['\"]")
SHARED = {"set_language": "Django's own name for choosing a language: every frame has it"}


def test_templates_and_code_name_no_address_of_an_upper_app():
    owners, wrong, count = address_owners(), [], 0
    for app in apps():
        named = []
        for path in (DESK / app).rglob("templates/**/*.html"):
            named += [(path, name) for name in URL_TAG.findall(path.read_text(encoding="utf-8"))]
        for path in sources(DESK / app):
            for node in ast.walk(tree_of(path)):
                name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
                if isinstance(node, ast.Call) and name in ("reverse", "reverse_lazy", "redirect", "address_of"):
                    named += [
                        (path, one.value) for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    ]
        for path, name in named:
            count += 1
            if name in owners and name not in SHARED and not may_know(app, owners[name]):
                wrong.append(f"{path.relative_to(PACKAGE)}: {name} of {owners[name]}")
    assert count > 10
    assert not wrong, "an upper app gives the address in, or extends the template:\n" + "\n".join(sorted(wrong))


def test_every_address_named_in_a_template_exists():
    """A name that exists nowhere would only be found when the page is shown."""
    known = {key for key in get_resolver().reverse_dict if isinstance(key, str)} | set(address_owners())
    for namespace, (_, resolver) in get_resolver().namespace_dict.items():
        known |= {f"{namespace}:{key}" for key in resolver.reverse_dict if isinstance(key, str)}
    wrong = []
    for app in apps():
        for path in (DESK / app).rglob("templates/**/*.html"):
            wrong += [
                f"{path.relative_to(PACKAGE)}: {name}"
                for name in URL_TAG.findall(path.read_text(encoding="utf-8"))
                if name not in known
            ]
    assert not wrong, wrong
