"""The ways a process ends, and a last chance in each: interpreter exit, SIGTERM, workers of multiprocessing and Celery.

Whatever is still in memory goes to disk first, which takes milliseconds; then there are two seconds to send it.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from outproof.sdk.guard import never_raises, nothing
from outproof.sdk.host import Host

LAST_CHANCE_S = 2.0
SAVE_S = 1.0  # how long the application's own handler of SIGTERM waits at most, for what takes milliseconds

_POLL_S = 0.002


class _Aside:
    """Done in a thread of its own for a signal handler: what the signal interrupted may hold a lock that this needs.

    `after` follows once it is done.
    """

    def __init__(self, act: Callable[[], object], after: Callable[[], object] = nothing) -> None:
        self._act = act
        self._after = after
        self._begun = threading.Lock()  # taken once, for ever: a second signal may come at any step of the first
        self._done = False

    @property
    def begun(self) -> bool:
        return self._begun.locked()

    def begin(self) -> _Aside:
        """Begin, unless that was done before."""
        if self._begun.acquire(blocking=False):
            try:
                threading.Thread(target=self._do, name="outproof-end", daemon=True).start()
            except RuntimeError:  # no more threads: then here
                self._act()
                self._done = True
        return self

    def _do(self) -> None:
        self._act()
        self._done = True
        self._after()

    @never_raises(lambda *_: False)
    def wait(self, timeout_s: float) -> bool:
        """Whether it was done within the time."""
        until_s = time.monotonic() + timeout_s
        while not self._done and time.monotonic() < until_s:
            time.sleep(_POLL_S)
        return self._done


class Exits:
    """Watches the ends of this process, and of its forked children, for one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._watching = False
        self._previous: object = None
        self._ending = self._an_ending()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=host.onlookers.pause,
                after_in_parent=host.onlookers.go_on,
                after_in_child=self._after_fork,
            )

    @never_raises(nothing)
    def watch(self) -> None:
        """Start watching. Doing so again takes SIGTERM back, unless the application has its own handler by now."""
        if not self._watching:
            self._watching = True
            atexit.register(self._on_exit)
            self._watch_multiprocessing()
        self._watch_sigterm()

    @never_raises(nothing)
    def last_chance(self) -> None:
        self._host.close(LAST_CHANCE_S)

    @never_raises(nothing)
    def release_sigterm(self) -> None:
        """Give SIGTERM back to whoever had it, unless somebody has put a handler of theirs over ours."""
        if signal.getsignal(signal.SIGTERM) == self._on_sigterm and _in_main_thread():
            signal.signal(signal.SIGTERM, self._previous)  # type: ignore[arg-type]  # it is what getsignal gave

    def _watch_sigterm(self) -> None:
        current = signal.getsignal(signal.SIGTERM)
        if current == self._on_sigterm or not _in_main_thread():
            return
        if current is signal.SIG_DFL or callable(current):
            self._previous = current
            signal.signal(signal.SIGTERM, self._on_sigterm)

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        if callable(self._previous):
            _Aside(self._save).begin().wait(SAVE_S)  # the application goes on, perhaps for long: nothing is sent first
            self._previous(number, frame)
            return
        if not self._ending.begin().wait(LAST_CHANCE_S + SAVE_S):
            return  # it waits for what was interrupted: let that go on; when it is done, the signal comes again
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # end as if we had not been here, with the exit status of a signal

    def _an_ending(self) -> _Aside:
        return _Aside(self.last_chance, lambda: os.kill(os.getpid(), signal.SIGTERM))

    def _on_exit(self) -> None:
        if self._ending.begun:
            self._ending.wait(LAST_CHANCE_S + SAVE_S)
        else:
            self.last_chance()

    @never_raises(nothing)
    def _save(self) -> None:
        self._host.save()

    def _watch_multiprocessing(self) -> None:
        """A worker of multiprocessing leaves without running atexit; it has finalizers of its own."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(None, self.last_chance, exitpriority=10)

    @never_raises(nothing)
    def _after_fork(self) -> None:
        self._ending = self._an_ending()
        self._host.after_fork()
        util = sys.modules.get("multiprocessing.util")
        if util is not None and self._watching:
            # The worker forgets inherited finalizers after this moment, so ours is set a step later.
            util.register_after_fork(self, Exits._watch_multiprocessing)
        if self._watching:
            self._watch_celery()

    @never_raises(nothing)
    def _watch_celery(self) -> None:
        """A process of Celery's pool drops our handler of SIGTERM after the fork, and leaves by `os._exit`."""
        celery = sys.modules.get("celery.signals")
        if celery is not None:
            celery.worker_process_init.connect(self._on_celery_begin, weak=False, dispatch_uid="outproof")
            celery.worker_process_shutdown.connect(self._on_celery_end, weak=False, dispatch_uid="outproof")

    @never_raises(nothing)
    def _on_celery_begin(self, **_: object) -> None:
        self._watch_sigterm()

    def _on_celery_end(self, **_: object) -> None:
        self.last_chance()


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
