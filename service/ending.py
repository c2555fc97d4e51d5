"""How a process is told to end: once, however often it is signalled.

Ctrl-C reaches a whole group of processes, and so does the SIGTERM of some supervisors; granian's
parent sends its child another one. A handler that sets an event while the handler of another
signal does waits for ever: one Ctrl-C in six hung granian's child. A signal that the system hands
to another thread wakes no main thread that waits for a lock: one in three left granian's parent
asleep. So one thread takes the signals in order and tells the main thread, once.
"""

import signal
import sys
import threading
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
RELAY = signal.SIGUSR1  # wakes the main thread, which may be waiting for a lock


def hold() -> None:
    """Keep signals waiting in this thread and those it starts from now on.

    To be called before there is any other: one that does not hold them would swallow them.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def wait() -> None:
    """Return when this process is told to end; after `hold`."""
    signal.sigwait(SIGNALS)


def relay() -> None:
    """Hand the first signal, and no other, to whoever handles SIGTERM by then; after `hold`.

    As long as nobody does it ends the program. To be called by the main thread, where handlers run.
    """
    main = threading.get_ident()

    def take() -> None:
        wait()
        signal.pthread_kill(main, RELAY)
        while True:
            wait()  # it has been told

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(RELAY, _handle_as_sigterm)
    threading.Thread(target=take, name="signals", daemon=True).start()


def _handle_as_sigterm(_number: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    if callable(handler):
        handler(signal.SIGTERM, frame)
