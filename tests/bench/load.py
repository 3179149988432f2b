"""Requests a second with eight clients on two workers, on this machine only and for a bounded time."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

CLIENTS, WORKERS, SECONDS, WARMING = 8, 2, 3.0, 12
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(target: str, environment: dict[str, str]) -> Iterator[int]:
    """gunicorn with two workers, stopped at the end."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            target,
            "--bind",
            f"{HOST}:{port}",
            "--workers",
            str(WORKERS),
            "--threads",
            "4",
            "--log-level",
            "error",
            "--no-control-socket",
        ],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            with socket.create_connection((HOST, port), 0.2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _warm(port: int, path: str, cookie: str) -> None:
    """A few answers one after the other: a worker's first page compiles its template and draws nothing twice."""
    for _ in range(WARMING):
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("GET", path, headers={"Cookie": cookie, "Connection": "close"})
        connection.getresponse().read()
        connection.close()


def requests_per_second(port: int, path: str, cookie: str) -> float:
    """Answers of status 200 in a second, once every worker is warm; anything else fails the run."""
    _warm(port, path, cookie)
    stop = time.monotonic() + SECONDS
    counts = [0] * CLIENTS
    bad: list[int] = []

    def work(place: int) -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        while time.monotonic() < stop:
            connection.request("GET", path, headers={"Cookie": cookie, "Connection": "keep-alive"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                bad.append(answer.status)
                return
            counts[place] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CLIENTS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if bad:
        raise RuntimeError(f"{path} answered {bad[0]}")
    return sum(counts) / (time.monotonic() - begun)
