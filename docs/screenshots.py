"""The pictures of the guides, taken of the demonstration in Chromium.

    make screenshots

Loads a demonstration of its own into a temporary folder, so that nobody's work is touched, and leaves it
again. Needs the test extra and Chromium. Pictures lie in docs/images, at most 250 kB each.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from incubator.demonstration.cast import PASSWORD

IMAGES = Path(__file__).parent / "images"
MOST = 250_000
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who is signed in, where, and which links of the main part to follow from there."""

    name: str
    person: str
    path: str
    follow: tuple[str, ...] = ()
    """CSS selectors; the first match is clicked."""
    width: int = 1280
    height: int = 860
    scheme: str = "light"
    upload: str = ""
    """A table to upload on that page; the picture is of what was understood of it."""


INVENTORY = """\
title,agency_name,problem,stage,start_date
Sorting requests by subject,Parks and Wildlife,Requests wait a day for a person to read them,Pilot,3/2026
Reading well logs,Natural Resources,Old logs exist on paper only,Idea,
Snow depth from pictures,Transportation,Stakes are read by hand,In service,2025-11-03
Answers about permits,Parks and Wildlife,The same six questions make half of all calls,Idea,sometime
,Transportation,A row without a title,Idea,
"""
"""Invented rows."""

ROW = "main tbody a"
SHOTS = (
    Shot("home-leadership", "sage.rivers", "/", height=1000),
    Shot("portfolio", "sage.rivers", "/portfolio"),
    Shot("statistics", "sage.rivers", "/portfolio/statistics", height=1000),
    Shot("priorities", "sage.rivers", "/priorities/summer-2026-call", height=1000),
    Shot("home-agency", "robin.marsh", "/"),
    Shot("call", "robin.marsh", "/calls", ("main h3 a",)),
    Shot("proposal-sections", "jamie.harbor", "/pilots/GSA-0042/proposal/tasks", height=1000),
    Shot("reviewer-queue", "sam.canyon", "/reviews"),
    Shot("scoring", "sam.canyon", "/reviews", (ROW,), height=1000),
    Shot("screening", "alex.meadow", "/screening", (ROW,), height=1000),
    Shot("assignment", "alex.meadow", "/calls/summer-2026-call/assignment", height=1000),
    Shot("assignment-plan", "alex.meadow", "/calls/summer-2026-call/assignment/plan", height=1000),
    Shot("panel", "quinn.valley", "/calls/summer-2026-call/panel", height=1000),
    Shot("panel-proposal", "quinn.valley", "/calls/summer-2026-call/panel/NRC-0001", height=1200),
    Shot("release", "quinn.valley", "/calls/summer-2026-call/release", height=1100),
    Shot("ranking-trust", "alex.meadow", "/calls/illustration-a-panel-run-elsewhere/ranking", height=1200),
    Shot("ranking-table", "alex.meadow", "/calls/illustration-a-panel-run-elsewhere/ranking#proposals", height=1000),
    Shot("ranking-intervals", "alex.meadow", "/calls/illustration-a-panel-run-elsewhere/ranking#ranks-title", height=760),
    Shot("ranking-criteria", "alex.meadow", "/calls/illustration-a-panel-run-elsewhere/ranking#criteria", height=760),
    Shot("ranking-reviewers", "alex.meadow", "/calls/illustration-a-panel-run-elsewhere/ranking/reviewers", height=900),
    Shot("decisions", "quinn.valley", "/decisions"),
    Shot("gate-decision", "quinn.valley", "/pilots/USDA-0001/gates/g4", height=1200),
    Shot("pilot", "charlie.grove", "/pilots/USDA-0001", height=1500),
    Shot("metric", "charlie.grove", "/pilots/USDA-0001/metrics/15", height=1200),
    Shot("agency", "alex.meadow", "/agencies/DHS", height=1000),
    Shot("history", "sage.rivers", "/history"),
    Shot("import-preview", "alex.meadow", "/imports", upload=INVENTORY, height=1100),
    Shot("people", "kit.lagoon", "/people"),
    Shot("phone-dark", "charlie.grove", "/pilots/USDA-0001", width=390, height=844, scheme="dark"),
)


@contextmanager
def served() -> Iterator[str]:
    """The address of a demonstration that ends with the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "incubator.cli", "demo", "--port", str(port)],
            env={**os.environ, "INCUBATOR_INSTANCE": folder, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert server.stdout is not None
        try:
            if not any(line.startswith("Serving on") for line in server.stdout):
                sys.exit("The demonstration did not start.")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.communicate(timeout=30)


def take(page: Page, shot: Shot) -> None:
    page.goto(shot.path)
    for selector in shot.follow:
        page.locator(selector).first.click()
        page.wait_for_load_state()
    if shot.upload:
        table = {"name": "county-inventory.csv", "mimeType": "text/csv", "buffer": shot.upload.encode()}
        page.locator("main input[type=file]").set_input_files([table])
        page.get_by_role("button", name="Upload and read").click()
        page.get_by_role("button", name="Import these rows").wait_for(timeout=60_000)
        page.reload()
    page.evaluate("document.fonts.ready")
    heading = page.locator("h1").inner_text()
    keep(page.screenshot(animations="disabled"), IMAGES / f"{shot.name}.png")
    print(f"{shot.name}: {heading} ({page.url.split('/', 3)[3]})")


def keep(png: bytes, file: Path) -> None:
    """As few colours as the eye needs, which makes a quarter of the size."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(192, dither=Image.Dither.NONE)
    picture.save(file, optimize=True)
    if file.stat().st_size > MOST:
        sys.exit(f"{file.name} has {file.stat().st_size:,} bytes, more than {MOST:,}")


def visit(browser: Browser, address: str, shots: tuple[Shot, ...]) -> None:
    for shot in shots:
        context = browser.new_context(
            base_url=address,
            viewport={"width": shot.width, "height": shot.height},
            color_scheme="dark" if shot.scheme == "dark" else "light",
            device_scale_factor=2 if shot.width < 500 else 1,
        )
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(f"{shot.person}@example.gov")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        take(page, shot)
        context.close()


def main() -> None:
    if CHROMIUM is None:
        sys.exit("Chromium was not found.")
    wanted = set(sys.argv[1:]) or {shot.name for shot in SHOTS}
    IMAGES.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        visit(browser, address, tuple(shot for shot in SHOTS if shot.name in wanted))
        browser.close()


if __name__ == "__main__":
    main()
