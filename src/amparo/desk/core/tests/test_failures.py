"""A failure is told by kind and place: its message may hold what a person said, and so may those of its causes."""

import traceback

import pytest

from amparo.desk.core.failures import Failed, place_of, told_by_place

SECRET = "Amara K., room 12"


def fails(kind):
    try:
        raise KeyError(SECRET)
    except KeyError:
        raise kind(SECRET) from None


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_neither_what_comes_out_nor_the_log_holds_the_message(kind, caplog):
    with pytest.raises(Failed) as caught, told_by_place("a task"):
        fails(kind)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caplog.text
    assert kind.__name__ in caplog.text
    assert "test_failures.py" in caplog.text


def test_what_ends_well_passes():
    with told_by_place("a task"):
        pass
    assert place_of(ValueError(SECRET)) == "ValueError"
