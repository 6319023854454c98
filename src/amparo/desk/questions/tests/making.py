"""Forms for the tests, made in a line."""

from amparo.desk.questions.form import ASKED, Choice, ChoiceList, Form, Kind, Question, Secrecy, with_answers

BOTH = {"en": "words", "fr": "mots"}
PLACES = ChoiceList("places", (Choice("flat", BOTH), Choice("street", BOTH), Choice("none", BOTH)))


def ask(name, kind="text", **more):
    """Return a question; a condition brings the sentences that it needs."""
    if more.get("constraint"):
        more.setdefault("constraint_message", BOTH)
    if more.get("is_required"):
        more.setdefault("required_message", BOTH)
    secrecy = Secrecy(more.pop("secrecy", "personal") if Kind(kind) in ASKED else "special")
    return Question(name, Kind(kind), more.pop("label", BOTH), secrecy=secrecy, row=more.pop("row", 2), **more)


def form(*questions, lists=(PLACES,), languages=("en", "fr"), code="housing"):
    """Return a form of these questions, without the lists that none of them uses."""
    used = {one.list_name for one in questions}
    title = dict.fromkeys(languages, "Title")
    return with_answers(Form(code, title, languages, questions, tuple(one for one in lists if one.name in used)))
