"""A worker beside a server: a child process that ends with its parent, however the parent ends.

A thread would share the server's interpreter lock and slow its pages during an import. The parent holds the
writing end of the child's standard input; when the parent is gone, even by kill -9, the child reads the end of
the file and stops. This works alike on Linux, macOS and Windows, without signals between processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO


@contextmanager
def beside(
    command: Sequence[str], env: Mapping[str, str] | None = None, patience: float = 10.0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` while the body runs; then ask it to stop and, after `patience` seconds, end it."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, env=env)  # noqa: S603 - our own command line
    assert child.stdin is not None
    try:
        yield child
    finally:
        child.stdin.close()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def stop_with_parent(stop: threading.Event, stdin: BinaryIO | None = None) -> None:
    """Set `stop` when the parent closes our standard input or is gone. To be called in the child only."""
    # Past Python's buffer: a thread waiting inside it would bring down the interpreter at its end.
    source = (stdin or sys.stdin.buffer).fileno()

    def watch() -> None:
        while os.read(source, 1024):
            pass
        stop.set()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
