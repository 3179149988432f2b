"""The decision at the end: against what the criteria propose, with a reason, a second person and a sealed dossier."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.domain.evaluation import Advice
from incubator.domain.scaling import ApprovalArea, ApprovalState
from incubator.domain.stages import Outcome, Stage
from incubator.models.accounts import Person as Account
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.proposals import Proposal
from incubator.models.scaling import ScaleApproval, ScaleReadiness
from tests.jobs.working import work_off
from tests.journeys import evaluation as scene
from tests.journeys.conftest import Person
from tests.journeys.evaluation_path import LAUNCHES, Way, looked_over
from tests.journeys.evaluation_year import ADDED, AMENDED, CHANGED
from tests.test_cli import command

LESSON = "Ask for the helper's draft before the form letter; train the counter first."
ACCEPTED = "We keep it, on the understanding that a second clerk stays."
REASON = "More people send complete forms, and the agency pays for it from July."
AGAINST = "The complaints came from one form letter that was withdrawn; the recount is on file."
PREPARED = {
    "Cost of a year in service": "$48,000.50",
    "Funding line": "Operating budget, line 4",
    "Procurement route": "The state's price agreement for software",
    "Support after the pilot": "The licensing desk answers, the vendor mends",
    "How typical the sites were": "Two busy counters of nine; none of them rural",
}


def prepare(person: Person, fiscal_year: int) -> None:
    """Write down money, route and support; four of the six things that scaling asks for."""
    person.side("Ready to scale")
    person.sees("What stands 0 of 6")
    person.follow("Write down what is prepared")
    for label, text in PREPARED.items():
        person.fill(label, text)
    person.fill("First fiscal year", str(fiscal_year))
    person.press("Save")
    person.reads("Ready to scale")
    person.sees("What stands 4 of 6", "$48,000.50", str(fiscal_year))


def accept(person: Person, name: str) -> None:
    person.side("Ready to scale")
    person.follow("Accept the product")
    person.sees("$48,000.50", "Operating budget, line 4")
    person.fill("A word on it", ACCEPTED)
    person.press("Accept the product")
    person.sees(f"{name} accepted on", ACCEPTED)


def approve(person: Person) -> None:
    person.side("Ready to scale")
    for area in ("Security", "Privacy", "Accessibility"):
        row = person.main.get_by_role("row", name=re.compile(f"^{area}"))
        row.get_by_role("link").click()
        person.main.get_by_label("Approved", exact=True).check()
        person.fill("Who said so, and on what ground", "The department's officer, after a test.")
        person.press("Save the answer")
        person.reads("Ready to scale")
        expect(row).to_contain_text("Approved")
    person.sees("Everything stands")


def it_is_made_ready_to_scale(way: Way) -> None:
    prepare(way.at("Lena Park"), 2029)
    accept(way.at("Omar Vale"), "Omar Vale")
    evan = way.at("Evan Roe")
    approve(evan)
    looked_over(evan, "Everything stands for scaling")
    with way.office.session() as session:
        ready = session.scalars(sa.select(ScaleReadiness)).one()
        assert (ready.recurring_cents, ready.fiscal_year, ready.owner_note) == (48_000_50, 2029, ACCEPTED)
        approvals = session.execute(sa.select(ScaleApproval.area, ScaleApproval.state)).all()
        assert dict(approvals) == dict.fromkeys(ApprovalArea, ApprovalState.APPROVED)


def a_lesson_and_a_benefit_are_written_down(way: Way) -> None:
    lena = way.at("Lena Park")
    lena.side("Lesson and benefit")
    lena.follow("Write the lesson")
    lena.fill("What did you learn?", LESSON)
    lena.press("Save the lesson")
    lena.sees(LESSON)
    lena.follow("Promise a benefit")
    lena.fill("Benefit", "Hours at the counter")
    lena.main.get_by_label("Kind").select_option("hours")
    lena.fill("Owner", "Licensing desk")
    for label, figure in (("Low", "400"), ("Likely", "600"), ("High", "900"), ("For how many years", "3")):
        lena.main.get_by_label(label, exact=True).fill(figure)
    lena.press("Save the promise")
    lena.sees("Hours at the counter", "600")


def gail_cannot_decide_against_the_criteria_alone(way: Way) -> None:
    """Without a reason it is refused and what was typed is kept; with it, it waits for somebody else."""
    gail = way.at("Gail Hunt")
    gail.sees("The criteria propose: Stop", "Worse than before", "carries nothing")
    looked_over(gail, "The criteria propose to stop")
    gail.follow("Decide at “Scale”")
    gail.misses("must-meets are missing", "One must-meet is missing")
    gail.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on")).check()
    gail.fill("Reason", REASON)
    with gail.page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        gail.press("Record the decision")
    assert refused.value.status == 422
    gail.sees("Write why you decide against the criteria.")
    expect(gail.main.get_by_label("Reason", exact=True)).to_have_value(REASON)
    expect(gail.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on"))).to_be_checked()
    looked_over(gail, "Without a reason it is refused")
    with way.office.session() as session:
        assert session.scalars(sa.select(ContraryDecision)).all() == []
    gail.fill("Why do you decide against the criteria?", AGAINST)
    gail.press("Record the decision")
    gail.told("Proposed: Advance. It is decided when a second person approves it.")
    gail.sees("A decision waits for its second signature", AGAINST)
    with way.office.session() as session:
        waiting = session.scalars(sa.select(ContraryDecision)).one()
        assert (waiting.advice, waiting.against_advice) == (Advice.STOP, AGAINST)
        assert session.scalars(sa.select(Proposal.stage)).one() is Stage.PILOT
    gail.follow("Read it", exact=True)
    gail.sees("You proposed this")
    expect(gail.main.get_by_role("button", name="Approve: decide it this way")).to_have_count(0)
    token = gail.main.locator("input[name=csrf_token]").first.input_value()
    own = gail.page.context.request.post(
        gail.page.url, form={"csrf_token": token}, headers={"Referer": gail.page.url}, max_redirects=0
    )
    assert own.status == 403
    with way.office.session() as session:
        assert session.scalars(sa.select(Proposal.stage)).one() is Stage.PILOT


def a_second_person_approves_it(way: Way) -> None:
    drew = way.at("Drew Stone")
    drew.home()
    drew.sees("Waiting for your second signature")
    drew.follow(scene.TITLE)
    drew.reads("Second signature: Scale")
    drew.sees(REASON, AGAINST, "The criteria propose: Stop", "Operating budget, line 4")
    looked_over(drew, "Drew reads what Gail proposes")
    drew.press("Approve: decide it this way")
    drew.told("You approved it: the decision is taken.")
    drew.sees("Pilot → Scale", REASON, AGAINST, "Drew Stone approved it.")
    expect(drew.main.locator(".tags").first).to_contain_text("Scaling")
    looked_over(drew, "The decision is taken")
    with way.office.session() as session:
        made = session.scalars(sa.select(Decision).order_by(Decision.id.desc()).limit(1)).one()
        ids = dict(session.execute(sa.select(Account.name, Account.id)).all())
        assert (made.outcome, made.advice, made.against_advice) == (Outcome.ADVANCE, Advice.STOP, AGAINST)
        assert (made.decided_by_id, made.approved_by_id) == (ids["Gail Hunt"], ids["Drew Stone"])
        assert session.scalars(sa.select(Proposal.stage)).one() is Stage.SCALE


STATIONS = (
    "Lena Park asked for the evaluation plan to be locked.",
    "Evan Roe locked the evaluation plan, which Lena Park had proposed.",
    f"Gail Hunt decided at Launch: Moved on. {LAUNCHES}",
    f"The guardrail “{scene.COMPLAINTS}” calls for attention.",
    f"Lena Park noted a change of the process on June 1, 2027: {CHANGED}",
    f"Lena Park amended the locked plan ({scene.COMPLETE}): {AMENDED}",
    f"Lena Park amended the locked plan ({scene.ASKED_TWICE}): {ADDED}",
    "Evan Roe recorded the verdicts of 3 criteria.",
    "Omar Vale accepted the product.",
    f"Gail Hunt proposed to decide against the verdicts: {AGAINST}",
    "Gail Hunt decided at Scale: Moved on, against what the criteria propose, approved by Drew Stone. "
    + REASON,
    "Incubator sealed the evidence dossier of the decision at “Scale”.",
)


def the_history_tells_it(way: Way) -> None:
    drew = way.at("Drew Stone")
    drew.side("History")
    told: list[str] = []
    while True:
        told += drew.main.locator(".sentence").all_inner_texts()
        older = drew.main.get_by_role("link", name="Older")
        if not older.count():
            break
        drew.page.goto(older.get_attribute("href") or "")
    order = [sentence for sentence in reversed(told) if sentence in STATIONS]
    assert order == list(STATIONS)
    assert [sentence for sentence in told if re.search(r"%\(|\bNone\b", sentence)] == []


def the_dossier_is_sealed_and_verified(way: Way) -> None:
    """The worker seals it, Drew downloads it, and the command tells a single flipped bit."""
    site = way.office.site
    assert set(work_off(site.app, site.clock())) == {"finished"}
    drew = way.at("Drew Stone")
    drew.side("Gates and decisions")
    drew.main.get_by_role("link", name=re.compile(r"^Evidence dossier\s*: Scale")).click()
    drew.reads("Evidence dossier: Scale")
    drew.sees(AGAINST, LESSON, scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS, "Sealed on January 3, 2028.")
    looked_over(drew, "The dossier is sealed")
    with drew.page.expect_download() as waiting:
        drew.follow("Download the sealed dossier (PDF)")
    content = Path(waiting.value.path()).read_bytes()
    assert hashlib.sha256(content).hexdigest() in drew.main.inner_text()
    file = way.folder / "dossier.pdf"
    file.write_bytes(content)
    told = _verify(way, file)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert "file and evidence are unchanged" in told.stdout
    file.write_bytes(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
    told = _verify(way, file)
    assert (told.returncode, told.stderr) == (1, ""), told.stdout
    assert "it is not as it was sealed" in told.stdout
    assert "they differ from byte 2,001 on" in told.stdout


def _verify(way: Way, file: Path) -> subprocess.CompletedProcess[str]:
    settings = way.office.site.app.config["SETTINGS"]
    return command(settings.instance, "verify", "dossier", str(file), DATABASE_URL=settings.database_url)
