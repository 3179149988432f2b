"""Drawing is repeatable, never mixed between threads, and the cache may fail without anyone noticing."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from incubator.charts import Cache, Reading, digest, render, warm
from tests.charts.samples import EXTREME, USUAL, process

ROOT = Path(__file__).resolve().parents[2]


def run(code, tmp_path, **environment):
    """Run code in a fresh process where warnings are errors; its output."""
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "mpl"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_importing_and_describing_charts_does_not_load_matplotlib(tmp_path):
    code = """
import sys
import incubator.charts as charts
from tests.charts.samples import EVERY
for chart in EVERY.values():
    chart.title, chart.description, chart.table(), charts.digest(chart)
print(sorted(name for name in sys.modules if name.split(".")[0] in {"matplotlib", "PIL", "fontTools"}))
"""
    assert run(code, tmp_path) == "[]"


@pytest.mark.slow
def test_two_processes_draw_the_same_bytes(tmp_path, fonts):
    code = """
import hashlib
from pathlib import Path
from incubator.charts import render
from tests.charts.samples import USUAL
for kind, chart in zip(("svg", "png") * len(USUAL), list(USUAL.values())[::3]):
    print(hashlib.sha256(render(chart, kind, fonts=Path(r"%s"))).hexdigest())
"""
    first = run(code % fonts, tmp_path, PYTHONHASHSEED="1")
    second = run(code % fonts, tmp_path, PYTHONHASHSEED="2")
    assert first == second
    assert len(set(first.split())) == len(list(USUAL)[::3])


@pytest.mark.slow
def test_sixteen_threads_never_mix_charts(fonts):
    ways = [(kind, narrow) for kind in ("svg", "png") for narrow in (False, True)]
    work = [
        (chart, *ways[n % 4])
        for n, chart in enumerate([*list(USUAL.values())[::3], *list(EXTREME.values())[::9]])
    ]
    alone = [render(*job, fonts=fonts) for job in work]
    gate = threading.Barrier(16)

    def share(n):
        gate.wait()
        return [(i, render(*work[i], fonts=fonts)) for i in range(n, len(work), 16)]

    with ThreadPoolExecutor(16) as pool:
        together = dict(pair for part in pool.map(share, range(16)) for pair in part)
    assert [together[i] for i in range(len(work))] == alone


def test_the_digest_follows_data_width_and_kind_and_nothing_else():
    chart = USUAL["process"]
    same = process([r.value for r in chart.readings], launch=chart.launch, target=30)
    assert digest(chart) == digest(same)
    others = {
        digest(chart, True),
        digest(chart, False, "png"),
        digest(process([1, 2])),
        digest(process([1, 2], unit="h")),
        digest(process([1, float("nan")])),
        digest(process([1, None])),
    }
    assert len(others | {digest(chart)}) == 7
    assert len(digest(chart)) == 64


def test_another_builder_or_theme_is_another_digest(monkeypatch):
    chart = USUAL["cost"]
    before = digest(chart)
    monkeypatch.setattr(type(chart), "VERSION", 999)
    builder = digest(chart)
    monkeypatch.setattr("incubator.charts.chart.THEME_VERSION", 999)
    assert len({before, builder, digest(chart)}) == 3


def kept(cache):
    return sorted(path for path in cache.folder.glob("drawn/*/*") if path.is_file())


def test_a_chart_is_drawn_once(tmp_path):
    cache = Cache(tmp_path)
    drawn = cache.get(USUAL["cost"])
    (path,) = kept(cache)
    state = path.stat()
    assert cache.get(USUAL["cost"]) == drawn == render(USUAL["cost"], fonts=cache.fonts)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (state.st_ino, state.st_mtime_ns)
    cache.get(USUAL["cost"], narrow=True)
    cache.get(USUAL["cost"], "png")
    assert len(kept(cache)) == 3


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"<svg",
        lambda body: body[:-1],
        lambda body: body[:200] + b"X" + body[201:],
        lambda body: body + b" ",
    ],
)
def test_a_damaged_file_is_drawn_again_and_mended(damage, tmp_path):
    cache = Cache(tmp_path)
    drawn = cache.get(USUAL["cost"])
    (path,) = kept(cache)
    whole = path.read_bytes()
    path.write_bytes(damage if isinstance(damage, bytes) else damage(whole))
    assert cache.get(USUAL["cost"]) == drawn
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    cache = Cache(in_the_way / "cache")
    assert cache.get(USUAL["cost"]) == cache.get(USUAL["cost"])
    assert in_the_way.read_text() == "not a folder"


@pytest.mark.slow
def test_a_full_disk_only_costs_time_and_leaves_nothing_behind(tmp_path):
    code = """
import logging, resource, signal, sys
logging.disable(logging.CRITICAL)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from incubator.charts import Cache
from tests.charts.samples import USUAL
cache = Cache(r"%s")
first, second = cache.get(USUAL["cost"]), cache.get(USUAL["cost"])
print(first == second, first[:4], [path.name for path in cache.folder.rglob("*") if path.is_file()])
"""
    assert run(code % (tmp_path / "cache"), tmp_path) == "True b'<svg' []"


@pytest.mark.slow
def test_without_the_font_package_charts_use_another_font(tmp_path):
    code = """
import logging, sys
logging.disable(logging.CRITICAL)
sys.modules["fontpkg_public_sans"] = None
from incubator.charts import Cache
from tests.charts.samples import USUAL
cache = Cache(r"%s")
print(all(cache.get(chart).startswith(b"<svg") for chart in list(USUAL.values())[::5]))
"""
    assert run(code % (tmp_path / "cache"), tmp_path) == "True"


def test_pruning_takes_the_oldest_first(tmp_path):
    cache = Cache(tmp_path)
    for age, name in enumerate(["cost", "flow", "years"]):
        before = set(kept(cache))
        cache.get(USUAL[name])
        (new,) = set(kept(cache)) - before
        then = time.time() - 1000 + age
        os.utime(new, (then, then))
    sizes = sum(path.stat().st_size for path in kept(cache))
    oldest = min(kept(cache), key=lambda path: path.stat().st_mtime)
    assert cache.prune(sizes) == 0
    assert cache.prune(sizes - 1) == 1
    assert not oldest.exists()
    assert cache.prune(0) == 2
    assert kept(cache) == []


@pytest.mark.slow
def test_warming_prepares_the_fonts_in_a_fresh_process(tmp_path):
    code = """
from incubator.charts import warm
warm(r"%s")
from matplotlib import font_manager
names = {entry.fname.rpartition("/")[2]: entry.weight for entry in font_manager.fontManager.ttflist if entry.name == "Public Sans"}
print(sorted(names.values()))
"""
    assert run(code % tmp_path, tmp_path) == "[400, 600, 700]"
    from fontTools.ttLib import TTFont

    weights = []
    for path in sorted((tmp_path / "fonts").iterdir()):
        with TTFont(path) as font:
            assert "fvar" not in font
            weights.append(font["OS/2"].usWeightClass)
    assert weights == [400, 600, 700]
    warm(tmp_path)


@pytest.mark.slow
def test_a_damaged_font_is_cut_again(tmp_path):
    from incubator.charts.fonts import static_fonts

    first = {path: path.read_bytes() for path in static_fonts(tmp_path)}
    short, changed, _ = first
    short.write_bytes(first[short][: len(first[short]) // 2])
    changed.write_bytes(first[changed][:50_000] + b"????" + first[changed][50_004:])
    assert {path: path.read_bytes() for path in static_fonts(tmp_path)} == first


def test_readings_in_any_order_are_the_same_story():
    chart = USUAL["process"]
    turned = type(chart)(
        metric=chart.metric, unit=chart.unit, direction=chart.direction, readings=chart.readings[::-1],
        launch=chart.launch, target=chart.target,
    )  # fmt: skip
    assert (turned.title, turned.description, turned.table()) == (
        chart.title,
        chart.description,
        chart.table(),
    )
    assert Reading(date(2025, 1, 1), 48.0) in turned.readings
