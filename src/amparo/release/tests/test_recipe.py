"""A recipe is read strictly: what is not known, not sound or not public is refused, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.release.kinds import AnonymousRecipe, load_any
from amparo.release.recipe import parse
from amparo.standard import schemas
from amparo.standard.reasons import LANGUAGES, Reason, Refused

INLINE = """
title = "Two columns"
schema = "inline"
[privacy]
epsilon = 1.0
delta = 1e-6
[[columns]]
name = "colour"
domain = ["red", "green"]
[[columns]]
name = "size"
domain = ["small", "large"]
"""
SCHEMA = """
title = "Seven columns"
schema = "ctdc-kanon-7"
[privacy]
epsilon = 4
delta = 1e-6
"""
RECIPES = Path(__file__).parents[4] / "recipes"


def refused(text: str) -> dict[str, str]:
    """Return the refused fields with their codes; each reason has a sentence in every language."""
    with pytest.raises(Refused) as problem:
        parse(text)
    for reason in problem.value.reasons:
        assert all(reason.say(language) for language in LANGUAGES)
    return {reason.where: reason.code for reason in problem.value.reasons}


def test_an_inline_recipe_states_its_own_domain() -> None:
    recipe = parse(INLINE)
    assert recipe.domain.names == ("colour", "size")
    assert [attribute.codes for attribute in recipe.domain.attributes] == [("red", "green"), ("small", "large")]
    assert recipe.title == dict.fromkeys(LANGUAGES, "Two columns")
    assert recipe.privacy.contributors_per_person == 1
    assert (recipe.rows, recipe.person, recipe.groups) == (None, None, ())


def test_a_schema_brings_its_columns_groups_and_words() -> None:
    recipe = parse(SCHEMA)
    assert [column.name for column in recipe.columns] == list(schemas.load("ctdc-kanon-7").names)
    assert recipe.groups[0].columns == ("isForcedLabour", "isSexualExploit")
    gender = recipe.columns[1]
    assert gender.domain == ("Female", "Male")
    assert set(gender.labels["Female"]) == set(LANGUAGES)
    assert gender.field == "gender"
    assert recipe.columns[0].labels == {}


def test_columns_select_and_narrow_a_schema() -> None:
    recipe = parse(SCHEMA + '[[columns]]\nname = "citizenship"\ndomain = ["PH", "UA"]\n[[columns]]\nname = "gender"\n')
    assert [(column.name, len(column.domain)) for column in recipe.columns] == [("citizenship", 2), ("gender", 2)]
    assert recipe.groups == ()


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = 'titel = "x"\nschema = "inline"\nrows = 1.5\n'
    text += '[privacy]\nepsilon = 0\ndelta = "a"\nnoise = 1\n[[columns]]\nname = "a b"\ncodes = []'
    assert refused(text) == {
        "titel": "unknown_key_near",
        "title": "key_missing",
        "rows": "not_whole",
        "privacy.delta": "not_a_number",
        "privacy.noise": "unknown_key",
        "columns[1].name": "name_not_plain",
        "columns[1].codes": "unknown_key",
        "columns[1].domain": "key_missing",
    }


@pytest.mark.parametrize("epsilon", ["0", "0.0", "-1", "-0.5", "1e9", "inf", "nan", "true", '"4"', "[4]", "1" + 400 * "0"])
def test_epsilon_must_promise_something(epsilon: str) -> None:
    assert set(refused(INLINE.replace("epsilon = 1.0", f"epsilon = {epsilon}"))) == {"privacy.epsilon"}


@pytest.mark.parametrize("delta", ["0", "-1e-6", "1", "0.5", "nan", '"x"'])
def test_delta_must_promise_something(delta: str) -> None:
    assert set(refused(INLINE.replace("delta = 1e-6", f"delta = {delta}"))) == {"privacy.delta"}


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "true", "100000"])
def test_contributors_are_counted_in_whole_numbers(count: str) -> None:
    text = INLINE.replace("delta = 1e-6", f"delta = 1e-6\ncontributors_per_person = {count}")
    assert set(refused(text)) == {"privacy.contributors_per_person"}


@pytest.mark.parametrize("rows", ["0", "-5", "1.0", "true", '"5"'])
def test_rows_are_a_public_whole_number(rows: str) -> None:
    assert set(refused(f"rows = {rows}\n" + INLINE)) == {"rows"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('domain = ["red", "red"]', "value_twice"),
        ('domain = ["red", ""]', "value_blank"),
        ('domain = ["red", " "]', "value_blank"),
        ('domain = ["=1+1"]', "value_not_plain"),
        ('domain = ["+1"]', "value_not_plain"),
        ('domain = ["-99"]', "value_not_plain"),
        ('domain = ["@x"]', "value_not_plain"),
        ('domain = [" red"]', "value_not_plain"),
        ('domain = ["a\\nb"]', "value_not_plain"),
        ("domain = []", "domain_empty"),
        ("domain = [1, 2]", "not_texts"),
        ('domain = "red"', "not_texts"),
    ],
)
def test_a_domain_holds_plain_values(line: str, code: str) -> None:
    assert code in refused(INLINE.replace('domain = ["red", "green"]', line)).values()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ('[[columns]]\nname = "nosuch"', "column_unknown"),
        ('[[columns]]\nname = "gender"\ndomain = ["Female", "Woman"]', "value_not_in_schema"),
        ('[[columns]]\nname = "gender"\nlabel = "Sex"', "unknown_key"),
        ('[[columns]]\nname = "gender"\n[[columns]]\nname = "gender"', "column_twice"),
        ("columns = []", "columns_missing"),
        ('columns = "gender"', "not_tables"),
    ],
)
def test_a_schema_limits_its_columns(columns: str, code: str) -> None:
    text = columns + "\n" + SCHEMA if columns.startswith("columns") else SCHEMA + columns
    assert code in refused(text).values()


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
@pytest.mark.parametrize("key", ["title", "summary", "geography", "publisher", "licence", "not_for", "label"])
def test_no_text_that_leaves_begins_like_a_formula(key: str, sign: str) -> None:
    line = f'{key} = "{sign}1+1"\n'
    rest = INLINE.replace('title = "Two columns"', "") if key == "title" else INLINE
    where, text = ("columns[2].label", INLINE + line) if key == "label" else (key, line + rest)
    assert refused(text) == {where: "text_like_formula"}


def test_a_text_in_one_language_alone_does_not_begin_like_a_formula() -> None:
    words = 'title = { en = "Persons", fr = "@Personnes", es = "Personas \u2013 1+1" }'
    assert refused(INLINE.replace('title = "Two columns"', words)) == {"title.fr": "text_like_formula"}


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ('["no"]', "flag_without_yes"),
        ('["No", "Yes"]', "flag_without_yes"),
        ('["a", "b"]', "flag_without_yes"),
        ('["no", "yes", "1"]', "flag_with_several_yes"),
    ],
)
def test_a_column_of_yes_and_no_says_yes_once(domain: str, code: str) -> None:
    """Whoever reads a flag counts its yes; without one they would count the last value, which says no."""
    text = INLINE + f'[[columns]]\nname = "debt"\nkind = "flag"\ndomain = {domain}\n'
    assert refused(text) == {"columns[3].domain": code}
    for sound in ('["no", "yes"]', '["yes", "no"]', '["1"]', '["0.0", "1.0"]'):
        parse(text.replace(domain, sound))


def test_a_flag_of_a_schema_keeps_its_yes() -> None:
    text = SCHEMA + '[[columns]]\nname = "isForcedLabour"\ndomain = ["0.0"]\n'
    assert refused(text) == {"columns[1].domain": "flag_without_yes"}
    assert parse(text.replace('["0.0"]', '["1.0"]')).columns[0].domain == ("1.0",)


@pytest.mark.parametrize("name", ["meansOfControlConcatenated", "typeOfExploitConcatenated"])
def test_a_column_that_repeats_others_is_not_released(name: str) -> None:
    text = SCHEMA.replace("ctdc-kanon-7", "ctdc-kanon") + f'[[columns]]\nname = "{name}"'
    assert "column_not_releasable" in refused(text).values()


def test_identity_is_never_releasable() -> None:
    text = SCHEMA.replace("ctdc-kanon-7", "htcds-spreadsheet") + '[[columns]]\nname = "prs_FirstName"'
    assert "column_not_releasable" in refused(text).values()


def test_an_unknown_schema_names_the_known_ones() -> None:
    with pytest.raises(Refused) as problem:
        parse(SCHEMA.replace("ctdc-kanon-7", "ctdc"))
    assert "ctdc-kanon" in problem.value.say("en")


def test_the_column_that_tells_persons_apart_is_not_released() -> None:
    assert refused('person = "colour"\n' + INLINE) == {"person": "person_is_released"}


def test_a_text_is_one_line_and_may_hold_the_spaces_of_french() -> None:
    assert parse(INLINE.replace("Two columns", "Deux\u00a0colonnes\u202f: oui")).title["fr"] == "Deux\u00a0colonnes\u202f: oui"
    assert refused(INLINE.replace("Two columns", "Two\\ncolumns")) == {"title": "not_a_text"}
    assert refused(INLINE.replace("Two columns", "   ")) == {"title": "not_a_text"}


def test_texts_come_in_three_languages_or_one_for_all() -> None:
    three = INLINE.replace('title = "Two columns"', 'title = { en = "a", fr = "b", es = "c" }')
    assert parse(three).title == {"en": "a", "fr": "b", "es": "c"}
    assert refused(INLINE.replace('title = "Two columns"', 'title = { en = "a", fr = "b" }')) == {"title.es": "key_missing"}
    assert refused(INLINE.replace('title = "Two columns"', 'title = { en = "a", fr = "b", es = "c", de = "d" }')) == {
        "title.de": "unknown_key"
    }


@pytest.mark.parametrize("text", ["title = ", "[[", "title = 'a'\ntitle = 'b'", "\x00", "rows = 1" + 5000 * "0", "[" * 10_000])
def test_what_is_not_toml_is_refused(text: str) -> None:
    assert list(refused(text).values()) == ["recipe_not_toml"]


@pytest.mark.parametrize("line", [2, 3, 7, 12])
def test_a_fault_of_spelling_is_found_by_its_line(line: int) -> None:
    lines = INLINE.splitlines()
    lines[line - 1] = "epsilon is four"
    with pytest.raises(Refused) as problem:
        parse("\n".join(lines))
    assert problem.value.reasons[0].values == {"line": line}


def test_a_recipe_file_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(b"\xef\xbb\xbf" + INLINE.replace("\n", "\r\n").encode())
    assert load_any(tmp_path / "r.toml") == parse(INLINE)


@pytest.mark.parametrize(("content", "code"), [(b"\xff\xfe", "recipe_not_utf8"), (b" " * 1_000_001, "recipe_too_large")])
def test_other_files_are_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "r.toml").write_bytes(content)
    with pytest.raises(Refused) as problem:
        load_any(tmp_path / "r.toml")
    assert problem.value.reasons[0].code == code


def test_an_absent_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "no.toml", tmp_path):
        with pytest.raises(Refused):
            load_any(path)


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_recipes_that_ship_are_sound(path: Path) -> None:
    recipe = load_any(path)
    assert set(recipe.title) == set(LANGUAGES)
    if isinstance(recipe, AnonymousRecipe):
        assert recipe.k >= 11
        return
    assert 0 < recipe.privacy.epsilon <= 4
    assert recipe.privacy.delta < 1e-4


KEYS = st.sampled_from(["title", "schema", "rows", "person", "privacy", "columns", "licence", "epsilon", "x"])
VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-5, 10**12), st.floats(), st.text(max_size=8), st.sampled_from(["inline", "ctdc-kanon-7"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS | st.sampled_from(["name", "domain", "delta"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def toml(value: object) -> str:
    """Write a value as inline TOML."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value if not 0xD800 <= ord(letter) < 0xE000) + '"'
        case list():
            return "[" + ", ".join(toml(one) for one in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    raise TypeError(value)


def reasons(text: str) -> tuple[Reason, ...]:
    """Return why a recipe is refused; nothing when it is a recipe."""
    try:
        parse(text)
    except Refused as problem:
        return problem.reasons
    return ()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=7))
def test_whatever_is_written_is_a_recipe_or_a_sentence(value: dict[str, object]) -> None:
    """No recipe, however odd, ends in anything but a recipe or reasons that can be said in three languages."""
    text = "\n".join(f"{key} = {toml(one)}" for key, one in value.items())
    for reason in reasons(text):
        assert all(reason.say(language) for language in LANGUAGES)


@given(st.text(max_size=60))
def test_any_text_is_a_recipe_or_a_sentence(text: str) -> None:
    assert all(reason.say("fr") for reason in reasons(text))
    assert reasons(text)


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=6))
def test_a_domain_leaves_as_it_was_spelled_or_is_refused(domain: list[str]) -> None:
    text = INLINE.replace('["red", "green"]', toml(domain))
    refused_for = {reason.code for reason in reasons(text)}
    assert refused_for <= {"value_twice", "value_blank", "value_not_plain"}
    assert refused_for or list(parse(text).columns[0].domain) == domain
