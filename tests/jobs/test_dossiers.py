"""Sealing dossiers: once, from what was frozen, and what a check of the file says afterwards."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from incubator.cli import keeping, main
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.stages import Outcome
from incubator.flows import attachments, dossiers
from incubator.jobs import dossiers as work
from incubator.jobs.dossier_check import UnreadableFile, check_file
from incubator.models.dossiers import Dossier
from incubator.models.gates import Decision
from incubator.models.history import Event
from incubator.models.jobs import Job, JobState
from incubator.queries.gate_evidence import SHAPE, canonical, digest
from tests.exports.test_documents import command
from tests.jobs.working import work_off
from tests.sealing import Scaled, workshop


@pytest.fixture
def scaled(world, now):
    return Scaled(world, now)


@pytest.fixture
def sealed(app, session, scaled, now, tmp_path):
    """The file as it was sealed, and its row."""
    assert work.seal(workshop(app, now), scaled.decision.id) is True
    row = session.scalars(sa.select(Dossier)).one()
    path = tmp_path / "dossier.pdf"
    path.write_bytes((app.config["SETTINGS"].attachments / row.stored_as).read_bytes())
    return path, row


def test_a_decision_asks_for_its_dossier_and_the_worker_seals_it(app, session, scaled, now):
    job = session.scalars(sa.select(Job).where(Job.kind == dossiers.SEAL)).one()
    assert (job.payload, job.requested_by_id) == ({"decision_id": scaled.decision.id}, None)
    assert work_off(app, now) == ["finished"]
    session.expire_all()
    assert session.get(Job, job.id).result == {"sealed": True}
    row = session.scalars(sa.select(Dossier)).one()
    content = (app.config["SETTINGS"].attachments / row.stored_as).read_bytes()
    assert (row.decision_id, row.size, row.file_sha256, row.sealed_at) == (
        scaled.decision.id,
        len(content),
        hashlib.sha256(content).hexdigest(),
        now,
    )
    assert row.evidence_sha256 == scaled.decision.evidence_sha256
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.DOSSIER_SEALED)).one()
    assert (event.actor_id, event.proposal_id, event.at) == (None, scaled.proposal.id, now)
    assert event.details == {
        "gate": "Scale",
        "decision_id": scaled.decision.id,
        "file_sha256": row.file_sha256,
        "evidence_sha256": row.evidence_sha256,
    }


def test_it_is_sealed_once(app, session, scaled, now):
    shop = workshop(app, now)
    assert [work.seal(shop, scaled.decision.id) for _ in range(2)] == [True, False]
    assert session.scalar(sa.select(sa.func.count()).select_from(Dossier)) == 1
    kept = {path.name for path in app.config["SETTINGS"].attachments.iterdir()}
    assert session.scalars(sa.select(Dossier.stored_as)).one() in kept


def test_who_comes_second_keeps_nothing(app, session, scaled, now, monkeypatch):
    """Two workers make the file at the same time: one is kept, the other leaves no file behind."""
    shop = workshop(app, now)
    make = app.extensions["incubator.dossier_file"]

    def slow(*arguments):
        monkeypatch.setitem(app.extensions, "incubator.dossier_file", make)
        assert work.seal(shop, scaled.decision.id) is True
        return make(*arguments)

    folder = app.config["SETTINGS"].attachments
    before = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    monkeypatch.setitem(app.extensions, "incubator.dossier_file", slow)
    assert work.seal(shop, scaled.decision.id) is False
    session.expire_all()
    row = session.scalars(sa.select(Dossier)).one()
    assert {path.name for path in folder.iterdir()} - before == {row.stored_as}
    assert session.scalar(sa.select(sa.func.count()).where(Event.kind == EventKind.DOSSIER_SEALED)) == 1


def test_the_upkeep_leaves_sealed_files_alone(app, session, sealed, now):
    path, row = sealed
    gone = attachments.remove_orphans(
        session, now + timedelta(days=36_500), app.config["SETTINGS"].attachments
    )
    assert gone >= 0
    assert (app.config["SETTINGS"].attachments / row.stored_as).read_bytes() == path.read_bytes()


def test_the_sweep_seals_what_was_left_and_only_that(app, session, world, scaled, now):
    old = world.add(
        Decision(
            proposal_id=scaled.proposal.id,
            gate=GateKey.G0,
            outcome=Outcome.ADVANCE,
            from_stage="idea",
            to_stage="idea",
            reason="Before.",
            decided_at=now - timedelta(days=900),
            evidence={"gate": "g0"},
            evidence_sha256=digest({"gate": "g0"}),
        )
    )
    session.commit()
    assert work.seal_what_waits(workshop(app, now)) == 0, "a fresh decision is left to its own job"
    later = workshop(app, now + timedelta(hours=1))
    assert work.seal_what_waits(later) == 1
    assert work.seal_what_waits(later) == 0
    assert session.scalars(sa.select(Dossier.decision_id)).all() == [scaled.decision.id]
    assert work.seal(later, old.id) is False


def test_one_failure_is_reported_once_and_does_not_stop_the_others(
    app, session, scaled, now, monkeypatch, caplog
):
    make = app.extensions["incubator.dossier_file"]

    def broken(*arguments):
        raise ValueError("no such amount")

    session.execute(sa.delete(Job))
    session.commit()
    monkeypatch.setitem(app.extensions, "incubator.dossier_file", broken)
    later = workshop(app, now + timedelta(hours=1))
    assert [work.seal_what_waits(later) for _ in range(3)] == [0, 0, 0]
    job = session.scalars(sa.select(Job)).one()
    assert (job.kind, job.payload, job.state, job.error) == (
        dossiers.SEAL,
        {"decision_id": scaled.decision.id},
        JobState.FAILED,
        "ValueError: no such amount",
    )
    assert caplog.text.count("Traceback") == 1
    assert work.try_failed_again(later) == 1
    assert work_off(app, now) == ["failed"]
    monkeypatch.setitem(app.extensions, "incubator.dossier_file", make)
    assert work.try_failed_again(later) == 1
    assert work_off(app, now) == ["finished"]
    assert work.try_failed_again(later) == 0
    assert session.scalars(sa.select(Dossier.decision_id)).all() == [scaled.decision.id]


def test_changed_evidence_is_not_sealed(app, session, scaled, now):
    session.execute(
        sa.update(Decision)
        .where(Decision.id == scaled.decision.id)
        .values(evidence={**scaled.decision.evidence, "title": "Another"})
    )
    session.commit()
    assert work_off(app, now) == ["failed"]
    assert work.seal_what_waits(workshop(app, now + timedelta(hours=1))) == 0
    assert session.scalars(sa.select(Dossier)).all() == []


def test_the_file_carries_what_it_was_made_from(scaled, sealed, tmp_path):
    path, row = sealed
    info = command("pdfinfo", path)
    assert (
        f"record {scaled.proposal.number}, decision {scaled.decision.id}, evidence-sha256 {row.evidence_sha256}"
        in info
    )
    assert "Tagged:          yes" in info
    command("pdfdetach", "-saveall", "-o", tmp_path, path)
    attached = (tmp_path / "evidence.json").read_bytes()
    assert hashlib.sha256(attached).hexdigest() == row.evidence_sha256
    assert attached == canonical(scaled.decision.evidence)
    assert json.loads(attached)["shape"] == SHAPE
    pages = int(info.split("Pages:")[1].split()[0])
    last = "".join(command("pdftotext", "-f", str(pages), "-raw", path, "-").split()).replace("\u200b", "")
    assert row.evidence_sha256 in last
    assert f"Decision{scaled.decision.id}" in last


def test_an_untouched_file_is_recognised(app, scaled, sealed):
    path, row = sealed
    checked = check_file(app, path)
    assert checked.unchanged
    assert checked.sentences[:4] == (
        f"{scaled.proposal.number}, “Scale”: Moved on. Decided by Gail Gatekeeper on November 20, 2026 "
        f"(decision {scaled.decision.id}).",
        "This is the dossier sealed on November 20, 2026, 10:00 a.m. MST; file and evidence are unchanged.",
        f"SHA-256 of the file:     {row.file_sha256}",
        f"SHA-256 of the evidence: {row.evidence_sha256}",
    )
    assert checked.sentences[4].startswith("The audit trail is whole")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda content: content[:5_000] + bytes([content[5_000] ^ 1]) + content[5_001:],
            "they differ from byte 5,001 on",
        ),
        (lambda content: content[:-100], "bytes are there."),
        (lambda content: content + b"\n% more", "7 bytes were added at its end."),
    ],
    ids=["one bit flipped", "cut off", "added to"],
)
def test_a_changed_file_is_told_from_the_sealed_one(app, scaled, sealed, change, says):
    path, row = sealed
    path.write_bytes(change(path.read_bytes()))
    checked = check_file(app, path)
    said = "\n".join(checked.sentences)
    assert not checked.unchanged
    assert (
        f"decision {scaled.decision.id} on {scaled.proposal.number}, but it is not as it was sealed." in said
    )
    assert row.file_sha256 in said
    assert says in said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"not a dossier at all", "This is no PDF"),
        (b"%PDF-1.7\n" + b"\0" * 50_000_000, "No dossier with this content was sealed here"),
        (b"%PDF-1.7\nKeywords(decision 999999999)", "No dossier with this content was sealed here"),
    ],
    ids=["empty", "no PDF", "50 MB", "claims a decision nobody took"],
)
def test_files_from_elsewhere_are_unknown(app, sealed, tmp_path, content, says):
    path = tmp_path / "elsewhere.pdf"
    path.write_bytes(content)
    checked = check_file(app, path)
    assert not checked.unchanged
    assert checked.sentences[0].startswith(says)


@pytest.mark.parametrize("name", ["not-there.pdf", "", "null\0byte"])
def test_what_cannot_be_read_is_said_in_one_line(app, sealed, tmp_path, name):
    with pytest.raises(UnreadableFile) as refusal:
        check_file(app, tmp_path / name)
    assert "\n" not in str(refusal.value)


def test_tampering_behind_the_file_is_found(app, session, scaled, sealed):
    path, _row = sealed
    evidence = scaled.decision.evidence
    tampered = [
        (Decision, {"evidence": {**evidence, "number": "ZZ-1"}}, {"evidence": evidence}, "evidence in the database was changed"),
        (Decision, {"reason": "Bribed."}, {"reason": scaled.decision.reason}, "not the one the audit trail tells of"),
        (Decision, {"outcome": Outcome.STOP, "end_reason": "demand"}, {"outcome": Outcome.ADVANCE, "end_reason": None},
         "not the one the audit trail tells of"),
        (Dossier, {"evidence_sha256": "0" * 64}, {"evidence_sha256": scaled.decision.evidence_sha256},
         "names other digests"),
    ]  # fmt: skip
    for table, change, back, says in tampered:
        session.execute(sa.update(table).values(**change))
        session.commit()
        checked = check_file(app, path)
        assert not checked.unchanged, says
        assert any(says in sentence for sentence in checked.sentences), checked.sentences
        session.execute(sa.update(table).values(**back))
        session.commit()
        assert check_file(app, path).unchanged


def test_a_row_that_names_another_file_is_found(app, session, scaled, sealed):
    path, _row = sealed
    session.execute(sa.update(Dossier).values(file_sha256="f" * 64))
    session.commit()
    checked = check_file(app, path)
    assert not checked.unchanged
    assert "The audit trail says that this file was sealed" in checked.sentences[0]
    assert "the row was changed" in checked.sentences[0]


def test_the_command_says_it_and_ends_accordingly(app, scaled, sealed, tmp_path, monkeypatch):
    path, _row = sealed
    monkeypatch.setattr(keeping, "ready_app", lambda: app)

    def run(file):
        result = CliRunner().invoke(main, ["verify", "dossier", str(file)])
        return result.exit_code, result.output

    code, said = run(path)
    assert (code, "file and evidence are unchanged" in said) == (0, True)
    other = tmp_path / "other.pdf"
    other.write_bytes(path.read_bytes()[:-1])
    code, said = run(other)
    assert (code, "It was cut off" in said) == (1, True)
    code, said = run(tmp_path / "gone.pdf")
    assert (code, said) == (2, f"Error: {tmp_path / 'gone.pdf'} cannot be read: No such file or directory.\n")
