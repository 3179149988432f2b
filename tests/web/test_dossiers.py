"""The dossier as people read it: before the decision, after it, as a page and as a file."""

from __future__ import annotations

import hashlib
import re

import pytest
import sqlalchemy as sa

from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.jobs import dossiers as work
from incubator.models.dossiers import Dossier
from incubator.models.gates import Decision
from incubator.models.pilots import Risk
from incubator.models.proposals import Proposal
from incubator.queries.gate_evidence import digest
from incubator.web.dossiers import outcome_parts
from tests.exports.test_documents import command
from tests.sealing import Scaled, workshop
from tests.web.hostile import VALUES


@pytest.fixture
def scaled(world, now):
    return Scaled(world, now)


def read_pdf(content: bytes, folder) -> str:
    path = folder / "read.pdf"
    path.write_bytes(content)
    return " ".join(command("pdftotext", "-raw", path, "-").replace("\u200b", "").split())


def fetched(opened, path):
    """A file as it was downloaded, its answer closed behind it."""
    with opened.client.get(path) as response:
        assert response.status_code == 200
        response.get_data()
        return response


def test_a_sealed_dossier_is_served_byte_for_byte(app, scaled, browser, session, now):
    opened = browser(scaled.case.gail)
    before = opened.get(scaled.page)
    assert "The file is being made." in before.text
    assert scaled.file not in before.links()
    assert opened.get(scaled.file, status=303).response.location.endswith(scaled.page)
    assert session.scalars(sa.select(Dossier)).all() == [], "looking makes nothing"
    work.seal(workshop(app, now), scaled.decision.id)
    page = opened.get(scaled.page)
    assert scaled.file in page.links()
    first, second = (fetched(opened, scaled.file) for _ in range(2))
    row = session.scalars(sa.select(Dossier)).one()
    assert first.data == second.data
    assert hashlib.sha256(first.data).hexdigest() == row.file_sha256
    assert row.file_sha256 in page.text
    assert first.headers["ETag"] == f'"{row.file_sha256}"'
    number = scaled.proposal.number
    assert first.headers["Content-Disposition"] == f"attachment; filename={number}-scale-dossier.pdf"
    again = opened.client.get(scaled.file, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_page_and_file_say_the_same(app, scaled, browser, session, now, tmp_path):
    work.seal(workshop(app, now), scaled.decision.id)
    opened = browser(scaled.case.gail)
    page = opened.get(scaled.page)
    content = fetched(opened, scaled.file).data
    words = read_pdf(content, tmp_path)
    for said in (
        "Infections fell and stayed down.",
        "Gail Gatekeeper",
        "The criteria propose: Scale",
        "Every goal and guardrail that was fixed before the data is met.",
        "The criteria with their verdicts",
        "Rooms cleaned in time",
        "Readings through time",
        "Mean and median total",
        "3.75 · 3.75",
        "Count within five percent.",
        "Soap runs out",
        "Medium (3 × 4)",
        "Wanda Ward",
        "Clean the handles first.",
        "General fund, operations",
        "This is the first decision.",
    ):
        assert said in words, said
        assert said in page.text, said
    assert "Reviewer 0" not in words
    assert page.heading == "Evidence dossier: Scale"


def test_charts_are_described_and_the_file_is_tagged(app, scaled, browser, now, tmp_path):
    work.seal(workshop(app, now), scaled.decision.id)
    content = fetched(browser(scaled.case.gail), scaled.file).data
    path = tmp_path / "dossier.pdf"
    path.write_bytes(content)
    assert b"/StructTreeRoot" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    structure = command("pdfinfo", "-struct", path)
    assert len(re.findall(r"^ *Figure\b", structure, re.MULTILINE)) == 3, "the verdicts and two series"
    assert len(re.findall(rb"/Alt ?[(<]", content)) >= 3
    assert command("pdfimages", "-list", path).splitlines()[2:] == [], "charts are vectors"


def test_the_page_shows_what_was_frozen_whatever_came_later(scaled, browser, session):
    opened = browser(scaled.case.gail)
    before = opened.get(scaled.page).text
    session.execute(sa.update(Risk).values(title="Another risk"))
    session.execute(sa.update(Proposal).where(Proposal.id == scaled.proposal.id).values(planned_cents=99_00))
    session.commit()
    after = opened.get(scaled.page).text
    assert "Soap runs out" in after
    assert "Another risk" not in after
    part = "What is done about it"
    assert before.split(part)[1] == after.split(part)[1]


def test_scores_are_for_those_who_may_see_them(app, scaled, browser, now):
    work.seal(workshop(app, now), scaled.decision.id)
    opened = browser(scaled.case.evan)
    page = opened.get(scaled.page)
    assert "Mean and median total" not in page.text
    assert "Scores are left out here" in page.text
    assert scaled.file not in page.links()
    opened.get(scaled.file, status=403)
    fetched(browser(scaled.case.cora), scaled.file)


def test_an_agency_and_strangers_do_not_see_it(scaled, world, browser):
    agency = world.person("Ann Agency", (Role.AGENCY_LEAD, scaled.case.agency))
    for path in (scaled.page, scaled.file):
        browser(agency).get(path, status=403)
        browser(world.person("Noor Nobody")).get(path, status=404)


def test_a_decision_of_another_record_is_not_found_here(scaled, world, browser):
    other = world.proposal("Another", step=Step.REVIEW)
    opened = browser(scaled.case.gail)
    opened.get(f"/pilots/{other.number}/decisions/{scaled.decision.id}/dossier", status=404)
    opened.get(f"/pilots/{scaled.proposal.number}/decisions/999999/dossier", status=404)


def test_a_draft_says_that_it_is_one(world, browser, tmp_path):
    panel = world.person("Pat Panel", Role.GATEKEEPER)
    proposal = world.proposal("Kiosks", step=Step.REVIEW)
    opened = browser(panel)
    url = f"/pilots/{proposal.number}/gates/g1/dossier"
    assert url in opened.get(f"/pilots/{proposal.number}/gates").links()
    page = opened.get(url)
    assert "Draft: as it stands on" in page.text
    assert "What Kiosks is about." in page.text
    response = fetched(opened, f"{url}.pdf")
    name = f"{proposal.number}-selection-dossier-draft.pdf"
    assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
    words = read_pdf(response.data, tmp_path)
    assert "Draft: as it stands on" in words
    assert "No review was handed in." in words
    assert "incubator verify" not in words
    opened.get(f"/pilots/{proposal.number}/gates/g4/dossier", status=404)


def test_an_old_decision_shows_what_there_is_and_what_is_missing(world, browser, session):
    panel = world.person("Pat Panel", Role.GATEKEEPER)
    proposal = world.proposal("Old ways", step=Step.REVIEW)
    frozen = {"gate": "g0", "reviews": {"handed_in": 0, "totals": [], "abstained": 0}}
    row = world.add(
        Decision(
            proposal_id=proposal.id,
            gate=GateKey.G0,
            outcome="advance",
            from_stage="idea",
            to_stage="idea",
            reason="A real problem.",
            decided_at=world.now,
            evidence=frozen,
            evidence_sha256=digest(frozen),
        )
    )
    page = browser(panel).get(f"/pilots/{proposal.number}/decisions/{row.id}/dossier")
    assert "A real problem." in page.text
    assert "taken before dossiers were sealed, so there is no file" in page.text
    assert "What was not frozen with this decision" in page.text
    assert "How far the reviewers agreed" in page.text


def test_hostile_words_stay_words(app, world, now, browser, session, tmp_path):
    let_in_by_no_form = {"one megabyte", "NUL", "lone surrogate", "control characters", "non-character"}
    whole = " | ".join(text for name, text in VALUES.items() if name not in let_in_by_no_form)
    scaled = Scaled(world, now, objectives=whole, risk=whole[:200])
    assert work.seal(workshop(app, now), scaled.decision.id) is True
    opened = browser(scaled.case.gail)
    page = opened.get(scaled.page)
    words = read_pdf(fetched(opened, scaled.file).data, tmp_path)
    for said in ("<script>alert('canary')</script>", "{{7*7}}", "مرحبا", "=cmd|'"):
        assert said in page.text
    assert "<script>alert('canary')" in words
    assert "{{7*7}}" in words
    assert not page.tree.findall(".//script[.='alert']")


def test_a_hundred_thousand_characters_fit(app, world, now, browser, tmp_path):
    scaled = Scaled(world, now, objectives="All work and no play. " * 4_600)
    assert work.seal(workshop(app, now), scaled.decision.id) is True
    opened = browser(scaled.case.gail)
    assert opened.get(scaled.page).text.count("All work and no play.") == 4_600
    assert read_pdf(fetched(opened, scaled.file).data, tmp_path).count("All work and no play.") >= 4_500


def test_measured_benefits_are_amounts_with_the_words_they_rest_on(app):
    """Evidence frozen before holds no range; the words were never the amount."""
    one = {
        "name": "Overtime", "kind": "cash", "unit": "", "owner": "Wanda Ward", "likely": 9_200_000, "low": 8_000_050,
        "high": 10_000_000,
        "checks": [
            {"months": 6, "certainty": "confirmed", "realised": "Payroll says $1.", "unknown_reason": "", "amount": 9_100_000},
            {"months": 12, "certainty": "estimated", "realised": "Counted.", "unknown_reason": "", "amount": 150, "low": 0, "high": 250},
            {"months": 24, "certainty": "unknown", "realised": "", "unknown_reason": "Nobody counted.", "amount": None},
        ],
    }  # fmt: skip
    with app.test_request_context():
        _heading, table = outcome_parts.benefits({"benefits": [one]})
    assert table.rows == [
        [
            "Overtime\nCash",
            "Wanda Ward",
            "$92,000",
            "$80,000.50 to $100,000",
            "6 months: Confirmed, $91,000\nPayroll says $1.\n12 months: Estimated, $1.50 ($0 to $2.50)\nCounted.\n"
            "24 months: Unknown\nNobody counted.",
        ]
    ]
