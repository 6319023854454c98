"""What the worker does at every round, because a promise rests on it."""

from datetime import UTC, datetime, timedelta

from amparo.desk.audit import chain, witness
from amparo.desk.config import backing, worker
from amparo.desk.config.site import Site
from amparo.desk.contributions import recovery
from amparo.desk.core import drafts, keys
from amparo.desk.oversight import watching


def test_what_is_promised_is_done_at_every_round():
    rounds = worker.rounds()
    assert worker.ROUND_SECONDS == 5
    for act in (witness.catch_up, keys.empty_journal):
        assert (worker.ROUND_SECONDS, act) in rounds
    assert (worker.CHECKPOINT_SECONDS, chain.checkpoint) in rounds
    assert (worker.WATCH_SECONDS, watching.watch_all) in rounds
    for act in (drafts.forget_old, recovery.recover, recovery.erase_waiting):
        assert (worker.DAY_SECONDS, act) in rounds


def test_a_backup_is_taken_when_the_newest_one_is_too_old(settings, tmp_path, monkeypatch):
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    settings.SITE = Site(tmp_path, backup_to=str(tmp_path / "backups"), backup_hours=24)
    assert backing.is_due(now), "none was ever taken"
    (tmp_path / "backups" / "20260302T060000Z-0badcafe").mkdir(parents=True)
    assert not backing.is_due(now)
    assert backing.is_due(now + timedelta(hours=18))
    settings.SITE = Site(tmp_path)
    assert not backing.is_due(now), "nobody asked for one"


def test_a_backup_that_failed_is_told_and_tried_again(settings, tmp_path, monkeypatch, caplog):
    settings.SITE = Site(tmp_path, backup_to=str(tmp_path / "backups"), backup_hours=24)
    started = []

    class Process:
        """Ends with 2."""

        def __init__(self, command, **_more):
            started.append(command)

        def poll(self):
            return 2 if len(started) > 1 or self.polled else None

        polled = False

    monkeypatch.setattr(backing.subprocess, "Popen", Process)
    monkeypatch.setattr(backing, "_running", None)
    assert backing.take_when_due()
    assert not backing.take_when_due(), "one at a time"
    Process.polled = True
    assert backing.take_when_due()
    assert "ended with 2" in caplog.text
    assert started[0][-1] == str(settings.SITE_FOLDER)
