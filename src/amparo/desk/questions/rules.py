"""What makes a form one that can be used: every contradiction in it, each with its row and a reason in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from amparo.desk.access import clearance
from amparo.desk.access.roles import Purpose, Role
from amparo.standard import codes, fields, pool
from amparo.standard.reasons import Reason
from amparo.standard.records import LISTS as GROUPS

from . import expressions, search
from .expressions import Answer, Compare, Count, Literal, Said, Selected
from .form import ANSWER_LIST, HOLDING, LISTED, Choice, ChoiceList, Form, Kind, Question, Secrecy, Words

ROOM = "desk.questions"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
MOST_ROWS, MOST_CHOICES, LONGEST_WORDS, MOST_LANGUAGES, MOST_REASONS = 300, 600, 2000, 12, 200


def reason(code: str, where: object = "", **values: object) -> Reason:
    """Return one reason of this room."""
    return Reason(ROOM, code, where=str(where), values=values)


def _at(question: Question, code: str, **values: object) -> Reason:
    return reason(code, question.row, name=question.name, **values)


def wrong_with(form: Form, *, today: date) -> tuple[Reason, ...]:
    """Return everything that contradicts itself or is missing in a form, in the order of its rows; empty for one that can be used.

    What hangs together is looked at only once names, lists and expressions are sound.
    """
    found = [*_frame(form), *_lists(form), *_rows(form), *_mapping(form)]
    if not found:
        found = [*_references(form)]
    if not found:
        found = [*_cycles(form)]
    if not found:
        found = [*_leaks(form), *_never(form, today)]
    return tuple(found[:MOST_REASONS])


def _frame(form: Form) -> Iterator[Reason]:
    if not NAME.fullmatch(form.code):
        yield reason("bad_code", value=form.code[:60])
    if not form.languages:
        yield reason("no_language")
    for tag in form.languages:
        if not LANGUAGE.fullmatch(tag):
            yield reason("bad_language", value=tag[:20])
    if len(form.languages) > MOST_LANGUAGES:
        yield reason("too_many_languages", limit=MOST_LANGUAGES)
    if not any(one.is_asked for one in form.questions):
        yield reason("empty_form")
    if len(form.questions) > MOST_ROWS:
        yield reason("too_many_rows", limit=MOST_ROWS)
    yield from _words("", form.title, form.languages, "title", form.code)


def _words(where: object, words: Words, languages: Iterable[str], what: str, name: str, *, needed: bool = True) -> Iterator[Reason]:
    """Say which of a sentence's languages are missing; one that need not be there may be missing in all of them."""
    if not words and not needed:
        return
    missing = [tag for tag in languages if not words.get(tag, "").strip()]
    if missing:
        yield reason(f"no_{what}", where, name=name, languages=", ".join(missing))
    if any(len(text) > LONGEST_WORDS for text in words.values()):
        yield reason("too_long", where, name=name, limit=LONGEST_WORDS)


def _lists(form: Form) -> Iterator[Reason]:
    used = {one.list_name for one in form.questions if one.list_name}
    for held in form.lists:
        yield from wrong_with_list(held, form.languages)
        if held.name != ANSWER_LIST and held.name not in used:
            yield reason("list_unused", value=held.name)
    for name, count in Counter(one.name for one in form.lists).items():
        if count > 1:
            yield reason("list_twice", value=name)


def wrong_with_list(held: ChoiceList, languages: Iterable[str]) -> Iterator[Reason]:
    """Yield what is wrong with one list of codes."""
    if not CODE.fullmatch(held.name):
        yield reason("bad_list", value=held.name[:60])
    if not held.choices:
        yield reason("list_empty", value=held.name)
    if len(held.choices) > MOST_CHOICES:
        yield reason("list_too_long", value=held.name, limit=MOST_CHOICES)
    for code, count in Counter(one.code for one in held.choices).items():
        if count > 1:
            yield reason("choice_twice", held.name, value=code)
        if not CODE.fullmatch(code):
            yield reason("bad_choice", held.name, value=code[:60])
    for one in held.choices:
        yield from _words(held.name, one.label, languages, "choice_label", one.code)
        if one.valid_from and one.valid_until and one.valid_until < one.valid_from:
            yield reason("choice_ends_before", held.name, value=one.code)


def _rows(form: Form) -> Iterator[Reason]:
    seen: dict[str, int] = {}
    for one in form.questions:
        if not NAME.fullmatch(one.name):
            yield _at(one, "bad_name")
        folded = one.name.casefold()
        if folded in seen:
            yield _at(one, "name_twice", other=seen[folded])
        seen.setdefault(folded, one.row)
        yield from _row(form, one)


def _row(form: Form, one: Question) -> Iterator[Reason]:
    yield from _words(one.row, one.label, form.languages, "label", one.name, needed=one.kind not in HOLDING)
    yield from _words(one.row, one.hint, form.languages, "hint", one.name, needed=False)
    if one.kind in LISTED and not form.list_of(one).choices:
        yield _at(one, "no_list", value=one.list_name)
    if one.kind is Kind.REPEAT and form.repeat_of(one):
        yield _at(one, "nested_repeat")
    if one.is_asked and (repeat := form.repeat_of(one)):
        first = next(other for other in form.asked() if form.repeat_of(other) == repeat)
        if first.secrecy is not one.secrecy:
            yield _at(one, "repeat_mixed", other=first.name, repeat=repeat)
    if one.constraint and not one.is_asked:
        yield _at(one, "constraint_on_nothing")
    elif one.constraint:
        yield from _words(one.row, one.constraint_message, form.languages, "constraint_message", one.name)
    if one.is_required and not one.is_asked:
        yield _at(one, "required_nothing")
    elif one.is_required:
        yield from _words(one.row, one.required_message, form.languages, "required_message", one.name)
    for text in (one.relevant, one.constraint):
        try:
            expressions.parse(text or "true()")
        except expressions.Unreadable as wrong:
            yield _at(one, "unreadable", value=wrong.piece)


def _references(form: Form) -> Iterator[Reason]:
    for one in form.questions:
        for text, is_constraint in ((one.relevant, False), (one.constraint, True)):
            node = expressions.parse(text) if text else None
            for piece in expressions.walk(node) if node else ():
                if isinstance(piece, Answer):
                    yield from _reference(form, one, piece, is_constraint=is_constraint)
                elif isinstance(piece, Compare | Selected | Count):
                    yield from _comparison(form, one, piece)


def _reference(form: Form, one: Question, piece: Answer, *, is_constraint: bool) -> Iterator[Reason]:
    if not piece.name:
        if not is_constraint:
            yield _at(one, "own_answer_in_relevant")
        return
    other = form.get(piece.name)
    if other is None:
        yield _at(one, "unknown_reference", value=piece.name)
    elif not other.is_asked:
        yield _at(one, "refers_to_no_question", value=piece.name)
    elif (repeat := form.repeat_of(other)) and repeat not in (form.repeat_of(one),):
        yield _at(one, "refers_into_repeat", value=piece.name, repeat=repeat)
    elif not is_constraint and piece.name == one.name:
        yield _at(one, "cycle", names=one.name)


def _comparison(form: Form, one: Question, piece: Compare | Selected | Count) -> Iterator[Reason]:
    """Say where a list's answer is compared with a code that the list does not have, or counted though it is only one."""
    sides = (
        (piece.left, piece.right) if isinstance(piece, Compare) else (piece.of, piece.code) if isinstance(piece, Selected) else ()
    )
    asked = [_question(form, one, side) for side in sides]
    for held, other in zip(asked, reversed(sides), strict=False):
        if held is None or not isinstance(other, Literal):
            continue
        text = str(other.value)
        if held.kind in LISTED and text and text not in tuple(Said) and form.list_of(held).get(text) is None:
            yield _at(one, "unknown_choice", value=text[:60], asked=held.name)
        if isinstance(piece, Compare) and held.kind in LISTED and piece.sign not in ("=", "!="):
            yield _at(one, "list_has_no_order", asked=held.name)
    if isinstance(piece, Selected | Count) and (held := _question(form, one, piece.of)) and held.kind not in LISTED:
        yield _at(one, "selected_of_no_list", asked=held.name)


def _question(form: Form, one: Question, side: object) -> Question | None:
    if not isinstance(side, Answer):
        return None
    return form.get(side.name) if side.name else one


def _cycles(form: Form) -> Iterator[Reason]:
    """Say where questions wait for each other: whether one is shown must never hang on itself."""
    states: dict[str, bool] = {}

    def visit(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return path[path.index(name) :]
        one = form.get(name)
        if one is None or name in states:
            return ()
        for other in _hangs_on(form, one):
            found = visit(other, (*path, name))
            if found:
                return found
        states[name] = True
        return ()

    for one in form.questions:
        names = visit(one.name, ())
        if names and one.name in names:
            yield _at(one, "cycle", names=" → ".join((*names, names[0])))
            return


def _hangs_on(form: Form, one: Question) -> tuple[str, ...]:
    constraint = search.tree(one.constraint)
    own = [name for name in (expressions.names_in(constraint) if constraint else ()) if name != one.name]
    return tuple(dict.fromkeys((*search.needed(form, one), *own)))


def readers(secrecy: Secrecy) -> frozenset[Role]:
    """Return the roles that read an answer of some secrecy in casework."""
    found = (role for role in Role if clearance.sees([role], Purpose.CASEWORK, secrecy.label, secrecy.topic))
    return frozenset(found)


def _leaks(form: Form) -> Iterator[Reason]:
    """Whether a question is shown, or an answer passes, tells of the answers it hangs on: only to those who may read them."""
    for one in form.asked():
        for name in _hangs_on(form, one):
            other = form.get(name)
            if other is not None and not readers(one.secrecy) <= readers(other.secrecy):
                yield _at(one, "leaks", other=other.name, own=one.secrecy.value, theirs=other.secrecy.value)


def _never(form: Form, today: date) -> Iterator[Reason]:
    never: set[str] = set()
    looking = search.Search(form, today=today)
    for one in form.questions:
        if any(name in never for name in one.within):
            if one.is_required:
                yield _at(one, "required_never_shown")
            continue
        if (one.relevant or one.within) and not looking.can_be_shown(one):
            never.add(one.name)
            yield _at(one, "required_never_shown" if one.is_required else "never_shown", condition=one.relevant)
        elif one.constraint and not looking.can_be_answered(one):
            yield _at(one, "never_answered", condition=one.constraint)


def _mapping(form: Form) -> Iterator[Reason]:
    taken: dict[str, str] = {}
    for one in form.questions:
        if not one.maps_to:
            continue
        if not one.is_asked or (form.repeat_of(one) and one.maps_to in _targets()):
            yield _at(one, "maps_nothing", value=one.maps_to)
            continue
        if one.maps_to in taken:
            yield _at(one, "maps_twice", value=one.maps_to, other=taken[one.maps_to])
        taken[one.maps_to] = one.name
        yield from _maps(form, one)


def _targets() -> Mapping[str, str]:
    """The names to which a question can map, with the list of each: the record's columns, its groups, the standard's fields."""
    found = {name: field.list_name for name, field in fields.fields().items()}
    found |= {
        name: column.code_list for name, column in pool.columns().items() if column.kind not in (pool.Kind.TEXT, pool.Kind.YEAR)
    }
    return found | GROUPS


def _maps(form: Form, one: Question) -> Iterator[Reason]:
    targets = _targets()
    if one.maps_to not in targets:
        yield _at(one, "unknown_target", value=one.maps_to[:60])
        return
    if not _is_fitting(one):
        yield _at(one, "maps_otherwise", value=one.maps_to, kind=one.kind.value)
    if one.kind not in (Kind.ONE, Kind.SEVERAL) or not targets[one.maps_to]:
        return
    known = codes.load(targets[one.maps_to])
    for choice in form.list_of(one).choices:
        if choice.code not in tuple(Said) and _mapped(choice) not in known:
            yield _at(one, "unknown_standard_code", value=_mapped(choice), target=one.maps_to)


def _mapped(choice: Choice) -> str:
    return choice.maps_to or choice.code


def _is_fitting(one: Question) -> bool:
    """Say whether a kind of question can say what its target holds."""
    if one.maps_to in GROUPS or one.maps_to == "recruitment_methods":
        return one.kind is Kind.SEVERAL
    column = pool.columns().get(one.maps_to)
    if column is not None:
        return one.kind is (Kind.ANSWER if column.kind is pool.Kind.FLAG else Kind.ONE)
    kinds = {
        fields.FieldKind.CODE: (Kind.ONE,),
        fields.FieldKind.SEVERAL: (Kind.SEVERAL, Kind.ONE),
        fields.FieldKind.FLAG: (Kind.ANSWER,),
        fields.FieldKind.NUMBER: (Kind.INTEGER, Kind.DECIMAL),
        fields.FieldKind.DATE: (Kind.DATE,),
        fields.FieldKind.TEXT: (Kind.TEXT,),
        fields.FieldKind.NARRATIVE: (Kind.TEXT,),
    }
    return one.kind in kinds.get(fields.get(one.maps_to).kind, ())


def wrong_with_step(before: Form, after: Form) -> tuple[Reason, ...]:
    """Return why a form cannot follow another as its next version: what was asked under a name is asked under it for good.

    A question of another kind, another repeat or less secrecy would make old answers say something else, or tell more people.
    """
    found = []
    for one in after.questions:
        old = before.get(one.name)
        if old is None:
            continue
        if old.kind is not one.kind:
            found.append(_at(one, "kind_changed", before=old.kind.value, after=one.kind.value))
        elif before.repeat_of(old) != after.repeat_of(one):
            found.append(_at(one, "repeat_changed"))
        elif one.is_asked and not readers(one.secrecy) <= readers(old.secrecy):
            found.append(_at(one, "secrecy_lowered", before=old.secrecy.value, after=one.secrecy.value))
    return tuple(found)
