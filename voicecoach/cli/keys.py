"""Keys while a call runs: read one by one from a terminal, in a thread of their own."""

import contextlib
import importlib.util
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator


def has_keys() -> bool:
    """Whether single keys can be read: not without a terminal, nor on Windows, where Ctrl-C is the only key."""
    return importlib.util.find_spec("termios") is not None and sys.stdin.isatty()


@contextlib.contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[None]:
    """Call `pressed` with each key until the block ends, where there are keys."""
    if not has_keys():
        yield
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            if select.select([terminal], [], [], 0.1)[0]:
                key = os.read(terminal, 1).decode("utf-8", "ignore")
                if key:
                    pressed(key)

    reader = threading.Thread(target=read, daemon=True)
    try:
        tty.setcbreak(terminal)
        reader.start()
        yield
    finally:
        over.set()
        reader.join(0.5)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
