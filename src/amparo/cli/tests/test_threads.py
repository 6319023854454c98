"""One request after the other is served by one thread; at once, by as many as there are; and all end when asked."""

import resource
import threading

import waitress

from amparo.cli import process
from amparo.cli.threads import Warmest


class Asked:
    """A request that tells which thread served it, and when it may end."""

    def __init__(self, until=None):
        self.until, self.served, self.by = until, threading.Event(), None

    def service(self):
        self.by = threading.current_thread().name
        if self.until is not None:
            self.until.wait(30)
        self.served.set()


def waiting(dispatcher, many):
    """Wait until so many threads have nothing to do."""
    for _ in range(3000):
        with dispatcher.lock:
            if len(dispatcher.queue_cv._waiting) == many:
                return
        threading.Event().wait(0.01)
    raise AssertionError("threads did not come to rest")


def test_one_after_the_other_goes_to_the_thread_that_was_busy_last():
    dispatcher, served = Warmest(4), set()
    for _ in range(12):
        waiting(dispatcher, 4)
        one = Asked()
        dispatcher.add_task(one)
        assert one.served.wait(30)
        served.add(one.by)
    assert len(served) == 1
    assert dispatcher.shutdown()


def test_as_many_as_there_are_serve_at_once_and_none_is_lost():
    dispatcher, until = Warmest(4), threading.Event()
    waiting(dispatcher, 4)
    many = [Asked(until) for _ in range(40)]
    for one in many:
        dispatcher.add_task(one)
    until.set()
    assert all(one.served.wait(30) for one in many)
    waiting(dispatcher, 4)
    at_once, barrier = [Asked() for _ in range(4)], threading.Barrier(4)
    for one in at_once:
        one.service = lambda one=one: (barrier.wait(30), one.served.set())
        dispatcher.add_task(one)
    assert all(one.served.wait(30) for one in at_once)
    dispatcher.shutdown()
    waiting(dispatcher, 0)
    assert not dispatcher.threads


def test_who_is_woken_holds_the_lock_again():
    dispatcher = Warmest(0)
    held = []

    def wait():
        with dispatcher.lock:
            dispatcher.queue_cv.wait()
            held.append(dispatcher.lock.locked())

    one = threading.Thread(target=wait)
    one.start()
    waiting(dispatcher, 1)
    with dispatcher.lock:
        dispatcher.queue_cv.notify_all()
    one.join(30)
    assert held == [True]


def test_the_desk_is_served_so(monkeypatch):
    given = {}
    monkeypatch.setattr(waitress, "serve", lambda application, **kw: given.update(kw))
    monkeypatch.setattr(process, "settle", lambda: None)
    process.serve(object(), "127.0.0.1", "0", largest=1, threads=3)
    assert isinstance(given["_dispatcher"], Warmest)
    assert len(given["_dispatcher"].threads) == given["threads"] == 3
    given["_dispatcher"].shutdown()


class Deep:
    """A request that calls something often, from every depth, and counts the pages of memory that were taken for it."""

    CALLS = 400

    def __init__(self):
        self.taken, self.served = [], threading.Event()

    def service(self):
        self.descend(150)
        self.served.set()

    def descend(self, left):
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        for _ in range(self.CALLS):
            self.nothing()
        self.taken.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)
        if left:
            self.descend(left - 1)

    def nothing(self):
        pass


def test_no_call_takes_memory_and_gives_it_back_at_any_depth():
    dispatcher, asked = Warmest(1), Deep()
    dispatcher.add_task(asked)
    assert asked.served.wait(60)
    assert len(asked.taken) == 151
    assert max(asked.taken) < Deep.CALLS // 2
    dispatcher.shutdown()
