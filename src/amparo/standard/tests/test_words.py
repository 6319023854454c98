"""Every room's sentences are complete in three languages: the same keys, the same values to fill in, none blank."""

import string
import tomllib
from pathlib import Path

import pytest

import amparo
from amparo.standard.reasons import LANGUAGES

ROOMS = sorted(folder for folder in Path(amparo.__file__).parent.rglob("words") if folder.is_dir())


def sentences(folder, language):
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))


def blanks(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_this_room_has_words():
    assert Path(amparo.__file__).parent / "standard" / "words" in ROOMS


@pytest.mark.parametrize("folder", ROOMS, ids=lambda folder: folder.parent.name)
def test_a_room_says_the_same_in_three_languages(folder):
    assert {file.name for file in folder.iterdir() if file.suffix == ".toml"} == {f"{language}.toml" for language in LANGUAGES}
    english = sentences(folder, "en")
    for language in LANGUAGES:
        said = sentences(folder, language)
        assert said.keys() == english.keys(), language
        for key, sentence in said.items():
            assert isinstance(sentence, str), key
            assert sentence.strip(), (language, key)
            assert blanks(sentence) == blanks(english[key]), (language, key)


@pytest.mark.parametrize("folder", ROOMS, ids=lambda folder: folder.parent.name)
def test_long_sentences_are_translated(folder):
    english = sentences(folder, "en")
    for language in ("fr", "es"):
        same = [
            key for key, sentence in sentences(folder, language).items() if sentence == english[key] and len(sentence.split()) > 4
        ]
        assert same == [], language
