"""`incubator import inventory`: what it asks for, the command it prints, and how it ends."""

from __future__ import annotations

import shlex

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from incubator.cli import importing, main
from incubator.models.inventory import HeaderMapping
from incubator.models.proposals import Proposal

OFFICIAL = (
    "Use Case Name,Bureau/Component,Stage of Development,Is the AI use case high-impact?,"
    "Date when AI use case became operational\n"
    "Faster forms,Bureau of Land,Pilot,No,\nRoad camera,Bureau of Land,Deployed,No,03/04/2024\n"
)


@pytest.fixture
def run(app, session, world, monkeypatch):
    world.agency("DOI", "Department of the Interior")
    session.commit()
    monkeypatch.setattr(importing, "ready_app", lambda: app)

    def call(*words):
        done = CliRunner().invoke(main, ["import", "inventory", *map(str, words)])
        session.expire_all()
        return done.exit_code, done.output

    return call


def printed(output):
    """The words of the last command that was printed."""
    lines = [line for line in output.splitlines() if "incubator import inventory" in line]
    return shlex.split(lines[-1].partition("incubator import inventory ")[2])


def test_the_commands_it_prints_lead_to_the_end(run, session, tmp_path):
    path = tmp_path / "2025_DOI_inventory.csv"
    path.write_text(OFFICIAL, "utf-8")
    code, output = run(path)
    assert code == 2
    assert "It may be “Department of the Interior”, because of the file's name." in output
    assert "nothing decides whether the month or the day comes first, such as in 03/04/2024" in output
    code, output = run(*printed(output))
    assert (code, output.splitlines()[-1]) == (0, "All rows are in.")
    assert "2 DOI Department of the Interior" in output
    assert "month, day, year in Date when AI use case became operational" in output
    assert session.scalars(sa.select(Proposal.number).order_by(Proposal.id)).all() == ["DOI-0001", "DOI-0002"]
    assert session.scalars(sa.select(HeaderMapping)).all() == [], "a known template needs no memory"


def test_new_agencies_are_listed_and_created_only_when_said(run, session, tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(
        "title,agency name,problem,stage\nA,Dept of the Interior,x,Pilot\nB,Rail Board,x,Pilot\nC,,x,Pilot\n",
        "utf-8",
    )
    code, output = run(path)
    assert code == 2
    assert "may be DOI Department of the Interior" in output
    assert "would be created as RB Rail Board" in output
    code, output = run(path, "--agency-is", "Dept of the Interior=DOI", "--new-agencies")
    assert (code, output.splitlines()[-1]) == (1, "2 of 3 rows are in; 1 was refused.")
    assert session.scalars(sa.select(Proposal.number).order_by(Proposal.id)).all() == ["DOI-0001", "RB-0001"]


def test_a_mapping_that_is_not_whole_is_written_and_ends_with_two(run, tmp_path):
    path, columns = tmp_path / "theirs.csv", tmp_path / "columns.json"
    path.write_text("Project,Phase\nA,Pilot\n", "utf-8")
    assert run(path, "--write-mapping", columns)[0] == 2
    assert columns.exists()
    code, output = run(path, "--mapping", columns)
    assert code == 2
    assert "No column of theirs.csv names the agency." in output
    assert run(path, "--mapping", columns, "--agency", "doi")[0] == 0


def test_a_file_that_is_no_table_ends_with_one(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x1f\x8b\x08" + bytes(40))
    code, output = run(path)
    assert (code, output.splitlines()[-1][:30]) == (1, "Error: This file is compressed")
