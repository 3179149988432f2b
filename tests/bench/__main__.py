"""`make bench`: the main pages at two sizes on both databases, with what they cost beside the floor.

make bench ARGS="--proposals 2000 --database sqlite"
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from incubator.database import Base, begin_as_reader
from incubator.extensions import db
from tests.bench import beside, load
from tests.bench.floor import make_floor
from tests.bench.measure import Figures, measure
from tests.bench.seed import PASSWORD, Seeded, seed
from tests.databases import fresh_database, make_app

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
BUDGETS = {
    "list": 20,
    "item": 10,
    "reviews of it": 10,
    "review queue": 25,
    "home, leadership": 25,
    "home, coordinator": 25,
    "statistics": 20,
    "decisions, leadership": 25,
    "decisions, gatekeeper": 25,
    "screening, filtered": 25,
    "screening": 25,
    "save a review": 10,
}
REMEMBERING = ("list", "home, leadership", "home, coordinator", "statistics")
"""Pages whose figures are kept until something changes; the row "changed" is the first look after a change."""
HEAD = ("page", "SQL", "p50 ms", "p95 ms", "CPU ms", "budget", "× empty", "× by hand", "req/s", "kB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--proposals", type=int, nargs="*", default=[2_000, 20_000])
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), nargs="*", default=["sqlite", "postgresql"]
    )
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--without-load", action="store_true", help="leave out the requests a second")
    options = parser.parse_args()
    for database in options.database:
        if database == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
            print("PostgreSQL left out: TEST_DATABASE_URL is not set")
            continue
        for size in options.proposals:
            with tempfile.TemporaryDirectory() as folder, fresh_database(database, Path(folder)) as url:
                run(url, Path(folder), size, options.runs, with_load=not options.without_load)


def run(url: str, folder: Path, size: int, runs: int, *, with_load: bool) -> None:
    app = make_app(url, folder / "instance")
    begun = time.perf_counter()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        seeded = seed(db.session(), size)
        db.session.remove()
        engine = db.engine
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            with engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")
    print(
        f"\n{engine.dialect.name}, {size:,} proposals, {size * 5:,} reviews, about {size * 10:,} readings: seeded in {time.perf_counter() - begun:.0f} s"
    )
    floor = make_floor(engine)
    empty = measure(_get(floor.test_client(), "/empty"), engine, runs * 5)
    hand = {
        "list": measure(_get(floor.test_client(), "/list"), engine, runs),
        "item": measure(_get(floor.test_client(), f"/item/{seeded.number}"), engine, runs),
        "save a review": measure(_post_floor(floor, seeded), engine, runs),
    }
    _line(*HEAD)
    _row("empty page", empty, empty, None, None)
    for name, figures in hand.items():
        _row(f"{name}, by hand", figures, empty, None, None)
    server = load.served("wsgi:app", _environment(url, folder)) if with_load else None
    port = server.__enter__() if server else None
    try:
        for name, client, path in pages(app, seeded):
            figures = measure(_get(client, path), engine, runs)  # first: it leaves the page's charts drawn
            rate = load.requests_per_second(port, path, _cookie(client)) if port else None
            _row(name, figures, empty, hand.get(name), rate)
            if name in REMEMBERING:
                anew = measure(beside.after_a_change(_get(client, path)), engine, 5, warm=1)
                _row(f"{name}, changed", anew, empty, None, None)
    finally:
        if server:
            server.__exit__(None, None, None)
    saved = measure(_post_review(app, seeded), engine, runs)
    _row("save a review", saved, empty, hand["save a review"], None)
    chart = _get(signed_in(app, seeded.leader), f"/pilots/{seeded.number}/charts/progress.svg")
    _row("chart, drawn", measure(beside.forgetting_charts(app, chart), engine, 8), empty, None, None)
    _row("chart, kept", measure(chart, engine, runs), empty, None, None)
    _beside(app, _environment(url, folder))
    with app.app_context():
        db.engine.dispose()


def _beside(app: Flask, environment: dict[str, str]) -> None:
    started = beside.start(environment)
    without = "with" if started.with_matplotlib else "without"
    print(
        f"start of the server, to its first page: {started.wall:.2f} s, "
        f"{started.processor:.2f} s of processor time, {without} matplotlib"
    )
    imported = beside.import_inventory(app)
    if imported is None:
        print("import left out: the inventory of 2025 is not at hand")
    else:
        print(
            f"import of {imported.rows:,} rows of an inventory, in one transaction: {imported.wall:.1f} s, "
            f"{imported.processor:.1f} s of processor time of the application"
        )


def pages(app: Flask, seeded: Seeded) -> Iterator[tuple[str, FlaskClient, str]]:
    people = (seeded.leader, seeded.coordinator, seeded.gatekeeper, seeded.reviewer)
    leader, coordinator, gatekeeper, reviewer = (signed_in(app, email) for email in people)
    yield "list", leader, "/portfolio"
    yield "list, filtered and sorted", leader, "/portfolio?stage=pilot&sort=score&order=desc"
    yield "item", leader, f"/pilots/{seeded.number}"
    yield "reviews of it", coordinator, f"/pilots/{seeded.number}/reviews"
    yield "review queue", reviewer, "/reviews"
    yield "scoring page", reviewer, f"/reviews/{seeded.review_id}"
    yield "home, leadership", leader, "/"
    yield "home, coordinator", coordinator, "/"
    yield "screening", coordinator, "/screening"
    yield "screening, filtered", coordinator, "/screening?show=overdue&sort=title"
    yield "decisions, leadership", leader, "/decisions"
    yield "decisions, gatekeeper", gatekeeper, "/decisions"
    yield "statistics", leader, "/portfolio/statistics"
    yield "history", coordinator, "/history"
    yield "history of it", coordinator, f"/pilots/{seeded.number}/history"


def signed_in(app: Flask, email: str) -> FlaskClient:
    client = app.test_client()
    token = TOKEN.search(client.get("/sign-in").text)
    assert token is not None
    answer = client.post("/sign-in", data={"csrf_token": token[1], "email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.status_code
    return client


def _get(client: FlaskClient, path: str) -> Callable[[], bytes]:
    def call() -> bytes:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return answer.data

    return call


def _post_floor(floor: Flask, seeded: Seeded) -> Callable[[], bytes]:
    client = floor.test_client()

    def call() -> bytes:
        begin_as_reader(False)
        return client.post(f"/save/{seeded.review_id}", data={"comment": str(time.time())}).data

    return call


def _post_review(app: Flask, seeded: Seeded) -> Callable[[], bytes]:
    """Saving a draft as the page does it in the background: one request that writes scores and an event."""
    client = signed_in(app, seeded.reviewer)
    path = f"/reviews/{seeded.review_id}"
    page = client.get(path).text
    fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page))
    state = {"version": fields["version"]}

    def call() -> bytes:
        answer = client.post(
            f"{path}/autosave",
            data={
                "csrf_token": fields["csrf_token"],
                "version": state["version"],
                "comment": str(time.time()),
            },
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        state["version"] = str(answer.json["version"])
        return answer.data

    return call


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("incubator")
    assert cookie is not None
    return f"incubator={cookie.value}"


def _environment(url: str, folder: Path) -> dict[str, str]:
    return {
        "INCUBATOR_DATABASE_URL": url,
        "INCUBATOR_INSTANCE": str(folder / "instance"),
        "INCUBATOR_SECRET_KEY": "s" * 48,
    }


def _row(name: str, figures: Figures, empty: Figures, hand: Figures | None, rate: float | None) -> None:
    budget = BUDGETS.get(name)
    over = budget is not None and figures.cpu > budget
    _line(
        name,
        str(figures.statements),
        f"{figures.p50:.1f}",
        f"{figures.p95:.1f}",
        f"{figures.cpu:.1f}",
        f"{budget}{' over' if over else ''}" if budget else "",
        f"{figures.cpu / empty.cpu:.0f}",
        f"{figures.cpu / hand.cpu:.1f}" if hand else "",
        f"{rate:.0f}" if rate else "",
        f"{figures.size / 1000:.0f}",
    )


def _line(*cells: str) -> None:
    first, *rest = cells
    print(f"{first:<28}" + "".join(f"{cell:>10}" for cell in rest), flush=True)


if __name__ == "__main__":
    main()
