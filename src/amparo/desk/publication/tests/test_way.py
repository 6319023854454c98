"""Spend first, measure once, and nobody sees the other's verdict: the order that the guarantee rests on."""

import re
import shutil
import uuid
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.html import escape
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from amparo.bundle.verification import verify
from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.publication import actions, engine, queries, sentences, tasks
from amparo.desk.publication.models import Budget, Measured, Release, Review, Spend
from amparo.desk.publication.rules import Opinion, Round, State
from amparo.desk.publication.tests.judging import approved, judge, state, version_of
from amparo.disclosure import Measurements
from amparo.disclosure.ledger import BudgetExceeded
from amparo.release import steps
from amparo.release.columns import is_releasable
from amparo.release.recipe import parse
from amparo.standard import schemas
from amparo.standard.reasons import Refused


def test_the_whole_way_publishes_the_reviewed_bytes(draft, steward, reviewers):
    approved(draft, steward, reviewers)
    assert state(draft) is State.APPROVED
    engine.carry_on(draft.pk)
    assert state(draft) is State.FINAL_REVIEW
    reviewed = {path.name: path.read_bytes() for path in engine.staging(draft.pk).iterdir() if path.is_file()}
    for reviewer in reviewers:
        judge(draft, reviewer)
    engine.carry_on(draft.pk)
    assert state(draft) is State.PUBLISHED
    folder = engine.published(draft.name)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == reviewed
    verdict = verify(folder, key=engine.signer().public)
    assert verdict.ok
    assert verdict.is_signed


def test_nothing_is_drawn_before_the_spend_commits(draft, steward, reviewers, monkeypatch):
    approved(draft, steward, reviewers)
    seen = []
    draw = steps.measure
    monkeypatch.setattr(steps, "measure", lambda *given, **named: seen.append(Spend.objects.count()) or draw(*given, **named))
    engine.carry_on(draft.pk)
    assert seen == [1]
    with pytest.raises(engine.IllegalChange):
        engine.advance(Release(state=State.APPROVED.value), State.MEASURED)


def test_measuring_without_a_spend_is_refused(draft, steward, reviewers):
    approved(draft, steward, reviewers)
    Release.objects.filter(pk=draft.pk).update(state=State.SPENT.value)
    with pytest.raises(engine.IllegalChange):
        engine.measure(draft.pk)


@pytest.mark.parametrize("step", ["spend", "measure", "generate", "publish"])
def test_a_kill_at_any_step_repeats_nothing(draft, steward, reviewers, monkeypatch, step):
    """The process dies at the end of one step; whoever carries on finds one spend, one set of measurements, one bundle."""

    class Killed(BaseException):
        pass

    approved(draft, steward, reviewers)
    real, record = getattr(engine, step), engine.audit.record
    wanted = {
        "spend": "release.spent",
        "measure": "release.measured",
        "generate": "release.generated",
        "publish": "release.published",
    }

    def dies(action, *given, **named):
        record(action, *given, **named)
        if action == wanted[step]:
            raise Killed

    monkeypatch.setattr(engine.audit, "record", dies)
    if step == "publish":
        engine.carry_on(draft.pk)
        for reviewer in reviewers:
            judge(draft, reviewer)
    with pytest.raises(Killed):
        engine.carry_on(draft.pk)
    assert Spend.objects.count() == (0 if step == "spend" else 1)
    drawn = [bytes(row.body) for row in Measured.objects.all()]
    monkeypatch.setattr(engine.audit, "record", record)
    engine.carry_on(draft.pk)
    if state(draft) is State.FINAL_REVIEW:
        for reviewer in reviewers:
            judge(draft, reviewer)
        engine.carry_on(draft.pk)
    assert real is getattr(engine, step)
    assert state(draft) is State.PUBLISHED
    assert Spend.objects.count() == Measured.objects.count() == 1
    assert not drawn or drawn == [bytes(Measured.objects.get().body)]
    assert verify(engine.published(draft.name), key=engine.signer().public).ok


def test_measurements_cannot_be_stored_twice(draft, steward, reviewers):
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Measured.objects.create(release=draft, body=b"another draw", digest="0" * 64)
    Measurements.from_bytes(bytes(Measured.objects.get().body))


def test_generating_never_looks_at_the_pool(draft, steward, reviewers, monkeypatch):
    approved(draft, steward, reviewers)
    engine.spend(draft.pk)
    engine.measure(draft.pk)

    def bomb(*_):
        raise AssertionError("the pool was read after measuring")

    monkeypatch.setattr(engine.pool, "read", bomb)
    engine.generate(draft.pk)
    assert state(draft) is State.FINAL_REVIEW


def test_a_full_disk_leaves_the_release_where_it_was(draft, steward, reviewers, monkeypatch):
    approved(draft, steward, reviewers)
    publish = steps.publish

    def full(*_given, **_named):
        from amparo.standard.reasons import Reason

        raise Refused(Reason("bundle", "disk_full"))

    monkeypatch.setattr(steps, "publish", full)
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.MEASURED.value, "disk_full")
    monkeypatch.setattr(steps, "publish", publish)
    engine.resume_all()
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.FINAL_REVIEW.value, "")


def test_the_second_reviewer_cannot_see_the_first_verdict(draft, steward, reviewers):
    first, second = reviewers
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    judge(draft, first)
    draft.refresh_from_db()
    assert [entry.given for entry in queries.verdicts_for(second, draft)] == [()]
    assert [entry.given for entry in queries.verdicts_for(steward, draft)] == [()]
    assert len(queries.verdicts_for(first, draft)[0].given) == 1
    judge(draft, second, Opinion.CHANGE)
    draft.refresh_from_db()
    assert len(queries.verdicts_for(second, draft)[0].given) == 2
    assert state(draft) is State.DRAFT


def test_the_page_of_the_second_reviewer_holds_no_word_of_the_first(draft, steward, reviewers, sign_in):
    first, second = reviewers
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    draft.refresh_from_db()
    actions.judge(draft, by=first, opinion=Opinion.DO_NOT, reasons="Xylophone words.", attempt=draft.attempt, asked=Round.RECIPE)
    address = f"/evidence/releases/{draft.pk}/"
    assert b"Xylophone" in sign_in(first).get(address).content
    assert b"Xylophone" not in sign_in(second).get(address).content


def test_the_author_does_not_judge_under_another_hat(draft, steward, reviewers, make_member, other_organisation):
    from amparo.desk.access.models import Member

    actions.send_for_review(draft, by=steward, version=version_of(draft))
    hat = Member.objects.create(user=steward.user, organisation=other_organisation, roles=["reviewer"])
    with pytest.raises(Denied, match="authors_do_not_judge"):
        judge(draft, hat)


def test_nobody_judges_twice_in_a_round(draft, steward, reviewers):
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    judge(draft, reviewers[0])
    with pytest.raises(Denied, match="verdict_given"):
        judge(draft, reviewers[0])
    assert Review.objects.count() == 1


def test_a_verdict_on_an_earlier_attempt_is_not_counted(recipe, draft, steward, reviewers):
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    judge(draft, reviewers[0])
    judge(draft, reviewers[1], Opinion.CHANGE)
    draft.refresh_from_db()
    actions.edit(draft, by=steward, title="Persons", recipe=recipe, version=draft.version)
    draft.refresh_from_db()
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    with pytest.raises(actions.Conflict):
        actions.judge(draft, by=reviewers[0], opinion=Opinion.RELEASE, reasons="Fine as it is.", attempt=1, asked=Round.RECIPE)


def test_over_the_ceiling_nothing_can_be_sent_or_spent(draft, steward, reviewers, budget):
    approved(draft, steward, reviewers)
    Budget.objects.filter(pk=budget.pk).update(epsilon=1.0)
    engine.carry_on(draft.pk)
    assert state(draft) is State.OVER_BUDGET
    assert not Spend.objects.exists()
    draft.refresh_from_db()
    with pytest.raises(BudgetExceeded):
        actions.send_for_review(draft, by=steward, version=version_of(draft))
    assert state(draft) is State.OVER_BUDGET


def test_a_withheld_result_stays_spent(draft, steward, reviewers, budget):
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    judge(draft, reviewers[0], Opinion.DO_NOT)
    judge(draft, reviewers[1])
    engine.carry_on(draft.pk)
    assert state(draft) is State.WITHHELD
    assert engine.ledger(budget).epsilon_spent > 1.5
    assert not engine.published(draft.name).exists()


def test_one_byte_changed_between_verdict_and_publishing_stops_it(draft, steward, reviewers):
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    for reviewer in reviewers:
        judge(draft, reviewer)
    data = engine.staging(draft.pk) / "data.csv"
    data.write_bytes(data.read_bytes().replace(b"Feminine", b"Masculin", 1))
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, bool(draft.trouble)) == (State.RELEASING.value, True)
    assert not engine.published(draft.name).exists()


def test_a_recipe_without_the_persons_key_is_no_recipe_for_the_pool(recipe, steward, budget):
    with pytest.raises(Refused):
        actions.draft(by=steward, title="Rows", recipe=recipe.replace('person = "person_key"\n', ""))
    assert not Release.objects.exists()


IMPOSSIBLE = """
title = "Persons"
schema = "inline"
person = "person_key"
[privacy]
epsilon = 2.0
delta = 1e-6
[[columns]]
name = "no_such_column"
domain = ["a", "b"]
"""


def test_a_column_that_the_pool_lacks_is_refused_before_anybody_judges(draft, steward, recipe, reviewers):
    with pytest.raises(Refused, match="column_not_in_table"):
        actions.draft(by=steward, title="Persons", recipe=IMPOSSIBLE)
    with pytest.raises(Refused, match="column_not_in_table"):
        actions.edit(draft, by=steward, title="Persons", recipe=IMPOSSIBLE, version=version_of(draft))
    Release.objects.filter(pk=draft.pk).update(recipe=IMPOSSIBLE)
    with pytest.raises(Refused, match="column_not_in_table"):
        actions.send_for_review(draft, by=steward, version=version_of(draft))
    assert state(draft) is State.DRAFT


def test_nothing_is_spent_on_a_recipe_that_cannot_be_measured(draft, steward, recipe, reviewers, sign_in):
    """Approved under an earlier version, it goes back to its author and says why; mended, it goes the whole way."""
    approved(draft, steward, reviewers)
    Release.objects.filter(pk=draft.pk).update(recipe=IMPOSSIBLE)
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.DRAFT.value, "column_not_in_table")
    assert not Spend.objects.exists()
    page = sign_in(steward).get(f"/evidence/releases/{draft.pk}/").content.decode()
    assert "Nothing was spent" in page
    assert "no_such_column" in page
    actions.edit(draft, by=steward, title="Persons", recipe=recipe, version=version_of(draft))
    draft.refresh_from_db()
    assert draft.trouble == ""
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    assert state(draft) is State.FINAL_REVIEW


@pytest.mark.parametrize("broken", [IMPOSSIBLE, "title = "])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_spent_recipe_that_can_never_be_measured_ends_as_failed(
    draft, steward, reviewers, budget, sign_in, monkeypatch, broken, language
):
    """It does not hang: the worker lets go of it, the spend stays, and the page says why in the reader's language."""
    approved(draft, steward, reviewers)
    engine.spend(draft.pk)
    Release.objects.filter(pk=draft.pk).update(recipe=broken)
    monkeypatch.setattr(steps, "measure", lambda *_given, **_named: pytest.fail("noise was drawn"))
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert State(draft.state) is State.FAILED
    assert engine.ledger(budget).epsilon_spent > 1.5
    client = sign_in(steward)
    client.cookies["amparo_language"] = language
    page = client.get(f"/evidence/releases/{draft.pk}/").content.decode()
    with translation.override("en"):
        english = sentences.troubles(draft.troubles)
    with translation.override(language):
        words = sentences.troubles(draft.troubles)
    assert escape(words[0]) in page
    assert (words == english) is (language == "en")
    assert client.get("/evidence/releases/").status_code == 200
    engine.resume_all()
    assert state(draft) is State.FAILED


def test_what_was_measured_ends_when_its_recipe_cannot_be_read_any_more(draft, steward, reviewers):
    approved(draft, steward, reviewers)
    engine.spend(draft.pk)
    engine.measure(draft.pk)
    Release.objects.filter(pk=draft.pk).update(recipe=draft.recipe.replace('"Persons"', '"=1+1"'))
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.FAILED.value, "text_like_formula")


@pytest.mark.parametrize("schema", ["amparo-pool", "ctdc-kanon", "ctdc-kanon-7", "ctdc-synthetic", "htcds-spreadsheet"])
def test_every_schema_asks_for_what_the_pool_has(schema):
    known = [column.name for column in schemas.load(schema).columns if is_releasable(column)][:4]
    columns = "".join(f'[[columns]]\nname = "{name}"\n' for name in known)
    actions.checked(IMPOSSIBLE.partition("[[columns]]")[0].replace('"inline"', f'"{schema}"') + columns)


def test_a_trouble_of_a_later_version_is_still_said():
    assert sentences.troubles([{"room": "nowhere", "code": "x", "where": "", "values": {}}]) == [
        str(sentences.REASONS["unexpected"])
    ]


def test_every_reason_of_this_room_has_its_words():
    for path in Path(engine.__file__).parent.glob("*.py"):
        assert set(re.findall(r'Reason\(\s*"publication", "(\w+)"', path.read_text())) <= set(sentences.REASONS)


def test_the_same_form_posted_twice_begins_one_release(recipe, steward, budget, version):
    pk = uuid.uuid4()
    first = actions.draft(by=steward, title="Persons", recipe=recipe, pk=pk)
    assert actions.draft(by=steward, title="Persons", recipe=recipe, pk=pk) == first
    assert Release.objects.count() == 1


def test_each_step_is_in_the_audit_chain(draft, steward, reviewers):
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    told = set(Event.objects.values_list("action", flat=True))
    assert {"release.drafted", "release.sent", "release.judged", "release.decided", "release.spent", "release.measured"} <= told


def test_whoever_wrote_on_the_recipe_does_not_judge_it(draft, steward, recipe, reviewers, make_member, shelter):
    other = make_member(shelter, "data_steward", name="Other steward")
    actions.edit(draft, by=other, title="Persons", recipe=recipe, version=version_of(draft))
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    other.roles = ["reviewer"]
    other.save()
    with pytest.raises(Denied, match="authors_do_not_judge"):
        judge(draft, other)


def test_an_older_database_does_not_spend_again(draft, steward, reviewers):
    """A published bundle without its spend here: the database was put back, and what it forgot stays spent."""
    approved(draft, steward, reviewers)
    engine.published("2020-1").mkdir(parents=True)
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.APPROVED.value, "ledger_behind")
    assert not Spend.objects.exists()


def test_only_the_reviewed_bundle_is_published(draft, steward, reviewers):
    """Another bundle, signed by this very site, does not slip in under the reviewed one's name."""
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    for reviewer in reviewers:
        judge(draft, reviewer)
    draft.refresh_from_db()
    shutil.rmtree(engine.staging(draft.pk))
    steps.publish(
        engine.recipe_of(draft),
        engine.measurements_of(draft),
        engine.staging(draft.pk),
        seed=draft.seed + 1,
        issued=draft.issued,
        release_id=draft.name,
        signer=engine.signer(),
    )
    engine.carry_on(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.RELEASING.value, "not_the_reviewed_one")


def test_consent_that_ended_is_looked_at_again_before_measuring(draft, steward, reviewers, monkeypatch):
    approved(draft, steward, reviewers)
    asked = []
    monkeypatch.setattr(engine.withdrawals, "follow", lambda: asked.append("withdrawn"))
    monkeypatch.setattr(engine.withdrawals, "end_all_lapsed", lambda: asked.append("lapsed"))
    monkeypatch.setattr(engine, "sensitive", lambda recipe, version: asked.append("read") or pool_of(recipe))
    engine.carry_on(draft.pk)
    assert asked == ["withdrawn", "lapsed", "read"]


def pool_of(recipe):
    names = [*(column.name for column in recipe.columns), "person_key"]
    return pl.DataFrame({name: ["" if name != "person_key" else "1"] for name in names})


def test_an_inline_recipe_reaches_no_key_of_the_pool(version, budget, recipe):
    text = recipe.replace('schema = "amparo-pool"', 'schema = "inline"').replace(
        'name = "gender"', 'name = "contributor"\ndomain = ["x"]'
    )
    inline = parse(
        text.replace('name = "exploitation_forced_labour"', 'name = "exploitation_forced_labour"\ndomain = ["yes", "no"]')
    )
    assert "contributor" not in engine.sensitive(inline, version).columns


def test_without_a_ceiling_or_a_pool_nothing_begins(steward, recipe, monkeypatch, db):
    with pytest.raises(Refused, match="no_budget"):
        actions.draft(by=steward, title="Persons", recipe=recipe)
    Budget.objects.create(pool=engine.POOL, epsilon=5.0, delta=1e-5)
    with pytest.raises(Refused, match="pool_empty"):
        actions.draft(by=steward, title="Persons", recipe=recipe)


def test_what_nobody_expected_is_told_on_the_page_and_nowhere_by_its_words(draft, steward, reviewers, sign_in, monkeypatch, caplog):
    """The queue keeps no message of an exception, the log neither; the release says that it stopped, and goes on later."""
    secret = "Amara K., room 12"

    def fails(*_given):
        raise ValueError(secret)

    approved(draft, steward, reviewers)
    tasks.carry_on.enqueue(str(draft.pk))
    with monkeypatch.context() as patched:
        patched.setattr(engine, "sensitive", fails)
        Worker.run_task(SimpleNamespace(_run_tasks=0), DBTaskResult.objects.get())
        engine.resume_all()
    kept = DBTaskResult.objects.values_list("status", "traceback", "exception_class_path")
    assert {status for status, *_ in kept} == {"FAILED"}
    assert secret not in str(list(kept)) + caplog.text
    assert "test_way.py" in caplog.text
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.SPENT.value, "unexpected")
    assert "did not expect" in sign_in(steward).get(f"/evidence/releases/{draft.pk}/").content.decode()
    engine.resume_all()
    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == (State.FINAL_REVIEW.value, "")


@pytest.mark.parametrize(
    ("epsilon", "delta"),
    [(0.0005, 1e-5), (0.0, 1e-5), (-1.0, 1e-5), (1e9, 1e-5), (float("nan"), 1e-5), (float("inf"), 1e-5)]
    + [(4.0, delta) for delta in (0.0, -1e-6, 0.5, 1e-16, float("nan"))],
)
def test_a_ceiling_that_no_ledger_can_have_is_not_stored(steward, budget, shelter, sign_in, epsilon, delta):
    with pytest.raises(Refused, match=r"epsilon_invalid|delta_invalid"):
        actions.set_ceiling(epsilon=epsilon, delta=delta, organisation_id=shelter.id)
    budget.refresh_from_db()
    assert (budget.epsilon, budget.delta) == (5.0, 1e-5)
    assert sign_in(steward).get("/evidence/releases/").status_code == 200


def test_a_ceiling_under_what_is_spent_stops_spending_and_shows_every_page(draft, steward, reviewers, shelter, sign_in, recipe):
    """Also where its delta is used up, so that what is spent reads as no epsilon at all."""
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    other = actions.draft(by=steward, title="Others", recipe=recipe)
    actions.set_ceiling(epsilon=0.001, delta=1e-15, organisation_id=shelter.id)
    for address in ("", f"{draft.pk}/", f"{other.pk}/"):
        assert sign_in(steward).get(f"/evidence/releases/{address}").status_code == 200
    with pytest.raises(BudgetExceeded):
        actions.send_for_review(other, by=steward, version=version_of(other))
