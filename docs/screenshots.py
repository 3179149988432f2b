"""The pictures of the guides, taken of the demonstration in Chromium.

    make screenshots

Loads a demonstration of its own into a temporary folder, so that nobody's work is touched, and leaves it
again. Needs the test extra and Chromium. Pictures lie in docs/images, at most 250 kB each. The pictures of a
real panel need its published scores (INCUBATOR_SHARED_DATA) and are left as they are without them.
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
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


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

    shows: str = ""
    """A CSS selector: the picture begins at it, once it is there."""
    real: bool = False
    """Of the published panel."""


PUBLISHED = (
    Path(os.environ.get("INCUBATOR_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    / "review_aibs"
    / "aibs_grant_scores.csv"
)
"""72 research proposals, three reviewers each, lower is better (Gallo 2021, figshare 12728087)."""
MEANING = (
    *("proposal=ID", "reviewer=RevID", "overall=Score", "group=PropType"),
    *("criterion=Innovation", "criterion=Approach", "criterion=Signif"),
)
PLACES = 20
"""Invented: the source does not say how many could be paid for."""

INVENTORY = """\
title,agency_name,problem,stage,start_date
Sorting requests by subject,Department of the Interior,Requests wait a day for a person to read them,Pilot,3/2026
Reading well logs,Department of Agriculture,Old logs exist on paper only,Idea,
Snow depth from pictures,Department of Transportation,Stakes are read by hand,In service,2025-11-03
Answers about permits,Department of the Interior,The same six questions make half of all calls,Idea,sometime
,Department of Transportation,A row without a title,Idea,
"""
"""Invented rows."""

ROW = "main tbody a"
SURVEYS = "/pilots/USDA-0001"
CRITERION = "main .criterion h2 a"
ELSEWHERE = "/calls/illustration-a-panel-run-elsewhere/ranking"
AIBS = "/calls/aibs-grant-review/ranking"
SHOTS = (
    Shot("home-leadership", "sage.rivers", "/", height=1000),
    Shot("portfolio", "sage.rivers", "/portfolio"),
    Shot("statistics", "sage.rivers", "/portfolio/statistics", height=1000),
    Shot("benefits", "sage.rivers", "/benefits", height=1150, shows="h1"),
    Shot("priorities", "sage.rivers", "/priorities/summer-2026-call", height=1000),
    Shot("home-agency", "robin.marsh", "/"),
    Shot("call", "robin.marsh", "/calls", ("main h3 a",)),
    Shot("proposal-sections", "jamie.harbor", "/pilots/GSA-0042/proposal/tasks", height=1000),
    Shot("reviewer-queue", "sam.canyon", "/reviews"),
    Shot("scoring", "sam.canyon", "/reviews", (ROW,), height=1000),
    Shot("screening", "alex.meadow", "/screening", (ROW,), height=1000),
    Shot("assignment", "alex.meadow", "/calls/summer-2026-call/assignment", height=1000),
    Shot("assignment-plan", "alex.meadow", "/calls/summer-2026-call/assignment/plan", height=1350),
    Shot("panel", "quinn.valley", "/calls/summer-2026-call/panel", height=1000),
    Shot("panel-proposal", "quinn.valley", "/calls/summer-2026-call/panel/NRC-0001", height=1200),
    Shot("release", "quinn.valley", "/calls/summer-2026-call/release", height=1100),
    Shot("plan", "charlie.grove", f"{SURVEYS}/plan", height=1250),
    Shot("plan-power", "charlie.grove", "/pilots/GSA-0039/plan/power", height=760, shows="figure"),
    Shot("results-forest", "emery.stone", "/pilots/DOC-0001/results", height=620, shows="#verdicts"),
    Shot("results-process", "emery.stone", f"{SURVEYS}/results", height=640, shows="[id^=process]"),
    Shot("results-series", "emery.stone", f"{SURVEYS}/results", (CRITERION,), height=640, shows="#analysis"),
    Shot(
        "results-groups",
        "emery.stone",
        "/pilots/DOC-0001/results",
        (CRITERION,),
        height=560,
        shows="#analysis",
    ),
    Shot("ranking", "alex.meadow", ELSEWHERE, height=1200, shows="h1"),
    Shot("ranking-trust", "alex.meadow", ELSEWHERE, height=760, shows="#trust"),
    Shot("ranking-table", "alex.meadow", ELSEWHERE, height=1000, shows="#proposals"),
    Shot("ranking-intervals", "alex.meadow", ELSEWHERE, height=860, shows="#ranks-title"),
    Shot("ranking-criteria", "alex.meadow", ELSEWHERE, height=860, shows="#criteria"),
    Shot("ranking-reviewers", "alex.meadow", f"{ELSEWHERE}/reviewers", height=900, shows="h1"),
    Shot("ranking-aibs", "alex.meadow", AIBS, height=1200, shows="h1", real=True),
    Shot("ranking-aibs-intervals", "alex.meadow", AIBS, height=1000, shows="#ranks-title", real=True),
    Shot("ranking-aibs-heatmap", "alex.meadow", AIBS, height=1000, shows="#criteria", real=True),
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
def served(real: bool) -> Iterator[str]:
    """The address of a demonstration that ends with the block; with `real` the published panel is in it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        if real:
            bring_in(folder)
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
    if shot.shows:
        begin_at(page, shot.shows)
    heading = page.locator("h1").inner_text()
    keep(page.screenshot(animations="disabled"), IMAGES / f"{shot.name}.png")
    print(f"{shot.name}: {heading} ({page.url.split('/', 3)[3]})")


def begin_at(page: Page, selector: str) -> None:
    """Wait until the worker has made what is to be seen, which the page shows by itself, and scroll there."""
    page.locator("#trust, main svg[role=img]").first.wait_for(state="attached", timeout=300_000)
    page.wait_for_load_state()
    place = page.locator(selector).first
    if selector != "h1":
        place.evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top + scrollY - 24)")


def bring_in(folder: str) -> None:
    """The published panel, as anybody would bring it in."""
    run = [sys.executable, "-m", "incubator.cli"]
    environment = {**os.environ, "INCUBATOR_INSTANCE": folder}
    subprocess.run([*run, "demo", "--load-only"], env=environment, check=True, stdout=subprocess.DEVNULL)
    maps = [word for meaning in MEANING for word in ("--map", meaning)]
    told = ["--title", "AIBS grant review", "--lower-is-better", "--scale", "1", "5", "--places", str(PLACES)]
    subprocess.run([*run, "import", "reviews", str(PUBLISHED), *maps, *told], env=environment, check=True)


def keep(png: bytes, file: Path) -> None:
    """As few colors as the eye needs, which makes a quarter of the size."""
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
    shots = [shot for shot in SHOTS if shot.name in wanted]
    if not PUBLISHED.is_file() and any(shot.real for shot in shots):
        print(f"The published panel is not at {PUBLISHED}: its pictures are left as they are.")
        shots = [shot for shot in shots if not shot.real]
    IMAGES.mkdir(exist_ok=True)
    with served(any(shot.real for shot in shots)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        visit(browser, address, tuple(shots))
        browser.close()


if __name__ == "__main__":
    main()
