"""What the worker does at every round, because a promise rests on it."""

from amparo.desk.audit import chain, witness
from amparo.desk.config import worker
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
