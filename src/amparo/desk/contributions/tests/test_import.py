"""A file comes in once, whole and keyed; two imports at once are one after the other; whoever cancels leaves nothing."""

import errno
import itertools
from pathlib import Path

import pytest
from django.core.management import call_command

from amparo.desk.access.guard import Denied
from amparo.desk.audit import chain
from amparo.desk.contributions import actions, pool, progress, recovery, running
from amparo.desk.contributions.choices import Choices
from amparo.desk.contributions.models import Contribution, PoolVersion
from amparo.desk.contributions.states import FOLLOWING, IllegalTransition, Relation, State, check
from amparo.desk.contributions.tests import making
from amparo.desk.files import vault, working
from amparo.standard import schemas
from amparo.standard.reasons import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(shelter, tmp_path, django_capture_on_commit_callbacks):
    number = itertools.count()

    def make(frame, organisation=shelter, **kwargs):
        path = making.write(tmp_path, frame, f"partner{next(number)}.csv")
        with django_capture_on_commit_callbacks(execute=True):
            return actions.import_file(path=path, schema="ctdc-kanon", organisation=organisation, **kwargs)

    return make


def test_five_thousand_rows_with_the_exact_header_come_in_by_the_command(shelter, tmp_path, capsys):
    frame = making.table(count=5000)
    assert tuple(frame.columns) == schemas.load("ctdc-kanon").header
    assert len(frame.columns) == 63
    path = making.write(tmp_path, frame)
    call_command("import_file", str(path), schema="ctdc-kanon", organisation=shelter.name)
    assert pool.read().height == 5000
    said = capsys.readouterr().out
    for words in (
        "Organisation: Lantern House",
        "File: partner.csv",
        "Checksum (SHA-256)",
        "New in the pool: 5,000",
        "Version of the pool: 1",
    ):
        assert words in said


def test_the_same_file_twice_adds_nothing(bring):
    first, second = bring(making.table(count=100)), bring(making.table(count=100))
    assert (first.rows_added, second.rows_added, second.rows_known) == (100, 0, 100)
    assert second.sha256 == first.sha256
    assert PoolVersion.objects.count() == 1


def test_the_same_rows_in_another_order_add_nothing(bring):
    bring(making.table(count=100))
    assert bring(making.table(count=100).reverse()).rows_added == 0


def test_a_corrected_file_takes_the_place_of_the_first(bring):
    first = bring(making.table(count=100))
    corrected = making.table(count=100).to_dicts()
    corrected[0]["gender"] = "Male" if corrected[0]["gender"] == "Female" else "Female"
    frame = making.pl.DataFrame(corrected)
    made = bring(frame, choices=Choices(relation=Relation.REPLACES, replaces=str(first.id)))
    assert (made.rows_added, made.rows_known, made.rows_dropped) == (1, 99, 1)
    assert (pool.read(1).height, pool.read().height) == (100, 100)


def test_nobody_replaces_another_organisations_contribution(bring, other_organisation):
    theirs = bring(making.table(count=5), organisation=other_organisation)
    with pytest.raises(Refused, match="not_an_earlier_one"):
        bring(making.table(count=5), choices=Choices(relation=Relation.REPLACES, replaces=str(theirs.id)))
    assert pool.read().height == 5


def test_all_persons_new_adds_equal_rows_of_another_file_and_not_of_the_same(bring):
    new = Choices(relation=Relation.NEW)
    bring(making.table(count=30), choices=new)
    assert bring(making.table(count=30).reverse(), choices=new).rows_added == 30
    assert bring(making.table(count=30), choices=new).rows_added == 0


def test_two_imports_at_once_count_every_row_once(bring, monkeypatch):
    """The second publishes while the first is about to: the first compares again."""
    original, nested = running._publish, []

    def meanwhile(*args, **kwargs):
        if not nested:
            nested.append(True)
            bring(making.table(count=60))
        return original(*args, **kwargs)

    monkeypatch.setattr(running, "_publish", meanwhile)
    first = bring(making.table(count=60).vstack(making.table(count=10, seed=2)))
    assert nested
    assert (first.rows_added, first.rows_known) == (10, 60)
    assert pool.read().height == 70
    assert pool.verify() == []


def test_another_organisations_import_meanwhile_disturbs_nothing(bring, other_organisation, monkeypatch):
    original, nested = running._publish, []

    def meanwhile(*args, **kwargs):
        if not nested:
            nested.append(True)
            bring(making.table(count=20), organisation=other_organisation)
        return original(*args, **kwargs)

    monkeypatch.setattr(running, "_publish", meanwhile)
    bring(making.table(count=60))
    assert [pool.read(number).height for number in (1, 2)] == [20, 80]


def test_a_contribution_in_another_process_hands_is_left_alone(bring):
    made = bring(making.table(count=5))
    Contribution.objects.filter(pk=made.pk).update(state=State.RUNNING)
    with working.working_on(made.pk):
        assert running.run(made.pk).state == State.RUNNING
        recovery.recover()
        assert Contribution.objects.get().state == State.RUNNING


def test_who_cancels_leaves_nothing(her_steward, shelter, django_capture_on_commit_callbacks, monkeypatch):
    content = making.table(count=50).write_csv().encode()
    with django_capture_on_commit_callbacks(execute=True):
        made = actions.bring(organisation=shelter, schema="ctdc-kanon", name="a.csv", pieces=[content], by=her_steward)
        started = running.start

        def cancelled_meanwhile(contribution):
            started(contribution)
            actions.cancel(contribution=contribution, by=her_steward)

        monkeypatch.setattr(running, "start", cancelled_meanwhile)
        assert running.run(made.pk).state == State.CANCELLED
    assert pool.current() is None
    assert not list(vault.present("stored"))
    assert not list(vault.present("pool"))


def test_a_full_disk_keeps_the_file_and_says_so(her_steward, shelter, monkeypatch):
    content = making.table(count=50).write_csv().encode()
    made = actions.bring(organisation=shelter, schema="ctdc-kanon", name="a.csv", pieces=[content], by=her_steward)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pool, "_write_file", full)
    stopped = running.run(made.pk)
    assert stopped.state == State.UPLOADED
    assert stopped.refusals[0]["code"] == "disk_full"
    assert pool.current() is None
    monkeypatch.undo()
    assert Contribution.objects.get(pk=made.pk).file is not None


def test_progress_is_written_at_most_twice_a_second(her_steward, shelter, django_assert_num_queries):
    made = Contribution.objects.create(organisation=shelter, schema="ctdc-kanon", brought_by=her_steward)
    now = iter([0.0, 0.1, 0.2, 0.6, 0.7])
    tell = progress.Progress(made.pk, clock=lambda: next(now))
    with django_assert_num_queries(4):
        for done in range(5):
            tell("mapping", done, 5)
    made.refresh_from_db()
    assert (made.step, made.step_done, made.step_total) == ("mapping", 3, 5)


def test_the_source_is_erased_and_its_checksum_stays(bring):
    made = bring(making.table(count=5))
    assert made.file is None
    assert made.preview == {}
    assert len(made.sha256) == 64
    assert not list(vault.present("stored"))


def test_who_may_not_bring_for_an_organisation_is_denied(bring, their_steward, her_caseworker):
    for member in (their_steward, her_caseworker):
        with pytest.raises(Denied):
            bring(making.table(count=5), by=member)
    assert not Contribution.objects.exists()


def test_every_step_is_an_audit_event(bring, her_steward):
    bring(making.table(count=5), by=her_steward)
    found = list(chain.Event.objects.order_by("sequence").values_list("action", flat=True))
    assert found == ["contribution.uploaded", "contribution.started", "contribution.done"]
    assert chain.verify()[1] == []


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_only_legal_changes_of_state_pass(before, after):
    if after in FOLLOWING[before]:
        check(before, after)
        return
    with pytest.raises(IllegalTransition):
        check(before, after)


def test_no_plain_byte_of_an_upload_is_ever_on_the_disk(upload, monkeypatch, tmp_path):
    """Every file opened for writing while a form arrives is looked at: the marked cell stands in none of them."""
    import tempfile

    seen = []
    original = tempfile.TemporaryFile

    def watched(*args, **kwargs):
        file = original(*args, **kwargs)
        seen.append(file)
        return file

    contents = []
    closing = actions.bring

    def looking(**kwargs):
        for file in seen:
            file.flush()
            contents.append(Path(f"/proc/self/fd/{file.fileno()}").read_bytes())
        return closing(**kwargs)

    monkeypatch.setattr(tempfile, "TemporaryFile", watched)
    monkeypatch.setattr("amparo.desk.contributions.views.actions.bring", looking)
    marked = making.table(count=3000).with_columns(making.pl.lit("UNMISTAKABLE").alias("mark")).write_csv().encode()
    assert upload(marked).status_code == 302
    assert len(seen) == 1
    assert len(contents[0]) > len(marked)
    everything = contents + [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"UNMISTAKABLE" in content for content in everything)
