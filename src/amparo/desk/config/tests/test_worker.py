"""What the worker does at every round, because a promise rests on it."""

from amparo.desk.audit import chain, witness
from amparo.desk.config import worker
from amparo.desk.core import drafts, keys


def test_ends_are_witnessed_and_destroyed_keys_leave_the_journal_at_every_round():
    rounds = worker.rounds()
    assert worker.ROUND_SECONDS == 5
    for act in (witness.catch_up, keys.empty_journal):
        assert (worker.ROUND_SECONDS, act) in rounds
    assert (worker.CHECKPOINT_SECONDS, chain.checkpoint) in rounds
    assert (worker.DAY_SECONDS, drafts.forget_old) in rounds
