"""Which thread serves the next request: the one that served last, for it has the database open and read."""

from __future__ import annotations

import threading

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


class Warmest(ThreadedTaskDispatcher):
    """Hands a request to the thread that was busy last; as many as are needed work at once.

    Each thread has its own connection, and SQLite forgets what it read whenever another connection has written: handed round
    in turn, as waitress does it, every request met a database that it had to read anew.
    """

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.queue_cv = LastFirst(self.lock)
        self.set_thread_count(threads)
