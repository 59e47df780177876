"""Keys while a call runs: read one by one from a terminal, in a thread of their own."""

import contextlib
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[bool]:
    """Call `pressed` with each key until the block ends; yield whether there are keys: not without a terminal."""
    try:
        import termios
        import tty
    except ImportError:  # Windows: Ctrl-C is the only key there
        yield False
        return
    if not sys.stdin.isatty():
        yield False
        return
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
        yield True
    finally:
        over.set()
        reader.join(0.5)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
