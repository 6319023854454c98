"""English, French and Spanish are complete, in the catalogues and in the rooms' own words, or the build fails."""

import ast
import re
import string
import sys
import tomllib

import pytest

from .house import PACKAGE, ROOT, sources, tree_of

sys.path.insert(0, str(ROOT / "tools"))
import words

LANGUAGES = ("en", "fr", "es")
ROOMS = sorted(path.parent for path in PACKAGE.rglob("words/en.toml"))
APPS = words.apps()


def held(folder, language):
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_message_of_an_app_is_translated(app, language):
    missing = words.untranslated(app, language)
    assert not missing, f"python tools/words.py update {app.relative_to(ROOT)}, then translate:\n" + "\n".join(map(str, missing))


def test_catalogues_are_compiled_as_they_are_written():
    assert not words.stale(), "python tools/words.py compile"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_same_words_are_translated_alike_in_every_room_of_the_desk(language):
    """Django reads all rooms as one catalogue, so that one translation would show everywhere; another meaning needs a context."""
    held = {}
    for app in APPS:
        for entry in words.catalogue(app, language) if app.parent.name == "desk" else ():
            if entry.id:
                singular = entry.id if isinstance(entry.id, str) else entry.id[0]
                strings = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
                said = held.setdefault((entry.context, singular), {})
                said.setdefault(tuple(words.typeset(string, language) for string in strings), []).append(app.name)
    torn = {key: said for key, said in held.items() if len(said) > 1}
    assert not torn, "\n".join(f"{key}: {said}" for key, said in torn.items())


def test_no_app_with_words_is_left_out():
    speaking = {path.parent for path in PACKAGE.glob("*/*/locale")} | {path.parent for path in PACKAGE.glob("*/locale")}
    assert {path.name for path in speaking} <= {app.name for app in APPS}
    assert len(APPS) > 3


@pytest.mark.parametrize("folder", ROOMS, ids=lambda folder: folder.parent.name)
def test_a_rooms_own_words_are_complete(folder):
    english = held(folder, "en")
    assert english
    for language in LANGUAGES[1:]:
        other = held(folder, language)
        assert set(other) == set(english), f"{folder}: {language}"
        for key, sentence in english.items():
            assert str(other[key]).strip(), f"{folder}: {language}: {key}"
            assert places(str(other[key])) <= places(str(sentence)), f"{folder}: {language}: {key} asks for another value"


def test_every_reason_given_has_its_words():
    known = {folder.parent.name: set(held(folder, "en")) for folder in ROOMS}
    for file in [*PACKAGE.glob("desk/*/sentences.py"), *PACKAGE.glob("desk/*/forms.py")]:
        named = [key for node in ast.walk(tree_of(file)) if isinstance(node, ast.Dict) for key in node.keys]
        known.setdefault(file.parent.name, set()).update(key.value for key in named if isinstance(key, ast.Constant))
    wrong, count = [], 0
    for path in sources():
        for node in ast.walk(tree_of(path)):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Reason"):
                continue
            given = [one.value if isinstance(one, ast.Constant) else None for one in node.args[:2]]
            if len(given) == 2 and all(isinstance(one, str) for one in given):
                count += 1
                if given[1] not in known.get(given[0], ()):
                    wrong.append(f"{path.relative_to(PACKAGE)}: {given}")
    assert count > 10
    assert not wrong, wrong


GLUED = re.compile(r"\b_\(\s*f[\"']")


def test_no_sentence_is_glued_before_translation():
    wrong = [str(path.relative_to(PACKAGE)) for path in sources() if GLUED.search(path.read_text(encoding="utf-8"))]
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        ("Est-ce sûr ?", "Est-ce sûr\u00a0?"),
        ("Nom : « Cèdre » ; oui !", "Nom\u00a0: «\u00a0Cèdre\u00a0»\u00a0; oui\u00a0!"),
        ("L'accord d'un tuteur", "L’accord d’un tuteur"),
        ('person = "person_key" et %(a)s : %(b)s', 'person = "person_key" et %(a)s\u00a0: %(b)s'),
    ],
)
def test_french_keeps_its_high_signs_on_the_line_of_their_word(written, set_as):
    assert words.typeset(written, "fr") == set_as
    assert words.typeset(set_as, "fr") == set_as
    assert words.typeset(written, "es") == written


def french_of(held):
    """Yield the French in what was read from a table of words: under `fr`, however deep."""
    if isinstance(held, dict):
        yield from (words for name, words in held.items() if name == "fr" and isinstance(words, str))
    for one in held.values() if isinstance(held, dict) else held if isinstance(held, list) else ():
        yield from french_of(one)


SHIPPED = sorted(path for folder in ("desk", "demo") for path in (PACKAGE / folder).rglob("*.toml") if path.name != "manual.toml")
"""Leaflets, sets of indicators, profiles of countries and packs: words that no catalogue holds, so that nothing typesets them."""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_french_that_is_data_keeps_its_signs_too(path):
    held = list(french_of(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert [one for one in held if words.typeset(one, "fr") != one] == []


def test_a_message_that_gets_a_plural_loses_its_old_words_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(words, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    for source in ('_("child")\n', 'ngettext("child", "children", 2)\n'):
        (tmp_path / "room").mkdir(exist_ok=True)
        (tmp_path / "room" / "words.py").write_text(source + '_("case")\n', encoding="utf-8")
        words.update(str(tmp_path / "room"))
    assert words.catalogue(tmp_path / "room", "fr").get("child").string == ("", "")


def test_words_are_only_updated_for_a_folder_that_is_there(capsys):
    with pytest.raises(SystemExit, match="is no folder"):
        words.main(["update", "no/such/room"])
