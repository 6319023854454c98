"""Which thread serves the next request: the one that served last, for it has the database open and read."""

from __future__ import annotations

import threading
from collections.abc import Callable

from waitress.task import ThreadedTaskDispatcher


class LastFirst:
    """What threads wait on, as `threading.Condition` is, but who began to wait last is woken first."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._waiting: list[threading.Lock] = []

    def wait(self) -> None:
        """Give the lock away, wait to be woken, and take it again."""
        own = threading.Lock()
        own.acquire()
        self._waiting.append(own)
        self._lock.release()
        try:
            own.acquire()
        finally:
            self._lock.acquire()

    def notify(self) -> None:
        """Wake one, if anybody waits."""
        if self._waiting:
            self._waiting.pop().release()

    def notify_all(self) -> None:
        """Wake everybody."""
        while self._waiting:
            self.notify()


STACK = 16_000
"""So many values a thread's first frame asks room for: Python then takes twice that for it and for all frames above it."""


def in_one_piece(work: Callable[[], None]) -> None:
    """Do the work of a thread with the frames of its calls in one piece of memory.

    Python takes memory for frames in pieces of 16 kB and gives each back as soon as it is empty. A loop that calls something just
    where a piece ends takes and returns one at every call: by the depth at which it stands, which nobody chooses, a page of two
    thousand choices took 87 ms of the processor instead of 20.
    """
    work()


in_one_piece.__code__ = in_one_piece.__code__.replace(co_stacksize=STACK)


class Warmest(ThreadedTaskDispatcher):
    """Hands a request to the thread that was busy last; as many as are needed work at once.

    Each thread has its own connection, and SQLite forgets what it read whenever another connection has written: handed round
    in turn, as waitress does it, every request met a database that it had to read anew.
    """

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.queue_cv = LastFirst(self.lock)
        self.set_thread_count(threads)

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        """Start a thread whose frames lie in one piece."""
        super().start_new_thread(lambda number: in_one_piece(lambda: target(number)), thread_no)
