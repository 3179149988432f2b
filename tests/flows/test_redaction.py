"""The copy without names: drafted, given, corrected, gone stale, and its files."""

from __future__ import annotations

import io
import os
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.redaction import Draft, FileAnswer, FileChoice, IncompleteCopy
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import attachments
from incubator.flows import redaction as flow
from incubator.models.history import Event
from incubator.models.redaction import RedactedCopy, RedactedFile
from incubator.queries import redaction as query
from incubator.queries.review_reading import file_for_reviewer, reading
from tests.web.veiled import CANARIES, CLEAN, Veiled

C = FileChoice


@pytest.fixture
def scene(world, tmp_path):
    return Veiled(world, tmp_path / "files")


def clean(scene, **files):
    answers = {"original": FileAnswer(C.LEAVE_OUT), "plain": FileAnswer(C.AS_IT_IS), **files}
    return Draft(
        title="Permits",
        summary="[name] asks whether permits could be faster.",
        texts={
            ("problem", "problem"): "People wait.",
            ("problem", "baseline"): "51 minutes",
            ("nowhere", "nothing"): "Sandpiper",
        },
        files={getattr(scene, name).id: answer for name, answer in answers.items()},
    )


def act(scene, world, draft, *, seen, how=flow.save_copy, person=None, at=None, **more):
    return how(
        world.session,
        world.actor(person or scene.coordinator),
        at or world.now,
        scene.proposal.id,
        draft,
        seen=seen,
        storage=flow.Storage(scene.folder, 1),
        **more,
    )


def give(scene, world, draft, *, seen=0, **more):
    return act(scene, world, draft, seen=seen, how=flow.give_to_reviewers, **more)


def read(scene, session):
    return reading(session, scene.proposal.id, names_hidden=True)


def title(scene, session):
    return query.titles_for_reviewers(session, [scene.proposal.id])[scene.proposal.id]


def kinds(session):
    return list(session.scalars(sa.select(Event.kind).order_by(Event.id)))


def test_a_draft_is_kept_and_no_reviewer_sees_it(scene, world, session):
    copy = act(scene, world, clean(scene), seen=0)
    assert (copy.version, copy.ready_at, copy.prepared_by_id) == (1, None, scene.coordinator.id)
    assert title(scene, session) == "Permits at the Bureau of Marshes"
    assert read(scene, session).is_copy is False
    assert read(scene, session).files == ()
    assert kinds(session) == [EventKind.REDACTION_SAVED]


def test_what_is_given_holds_the_written_words_and_the_answers_that_name_nobody(scene, world, session):
    given = give(scene, world, clean(scene))
    assert given.answers == {
        "idea": {
            "title": "Permits",
            "summary": "[name] asks whether permits could be faster.",
            "uses_ai": False,
        },
        "problem": {"problem": "People wait.", "baseline": "51 minutes"},
        "cost": {"requested": 500_000},
    }
    assert given.ready_at == world.now
    shown = read(scene, session)
    assert (shown.is_copy, shown.revision.number, shown.newest) == (True, 1, 1)
    assert shown.revision.content == {"answers": given.answers}
    assert [(file.name, file.key) for file in shown.files] == [("Attachment 2.pdf", scene.plain.storage_key)]
    assert title(scene, session) == "Permits"
    assert kinds(session) == [EventKind.REDACTION_READY]
    assert not [word for word in CANARIES if word in str(shown.revision) + str([f.name for f in shown.files])]


def test_without_names_hidden_the_original_is_read_with_its_files(scene, world, session):
    give(scene, world, clean(scene))
    scene.call.names_hidden = False
    session.flush()
    shown = reading(session, scene.proposal.id, names_hidden=False)
    assert [file.name for file in shown.files] == ["whimbrel-plan.pdf", "counts.pdf"]
    assert title(scene, session) == scene.proposal.title
    key = file_for_reviewer(session, scene.proposal.id, scene.original.id, names_hidden=False).key
    assert key == scene.original.storage_key
    with pytest.raises(NotFound):
        act(scene, world, clean(scene), seen=1)


def test_every_file_wants_an_answer_and_the_title_words(scene, world, session):
    draft = Draft(title="", files={scene.original.id: FileAnswer(C.INSTEAD)})
    with pytest.raises(IncompleteCopy) as refused:
        give(scene, world, draft)
    assert [problem.field for problem in refused.value.problems] == [
        "title",
        f"upload_{scene.original.id}",
        f"file_{scene.plain.id}",
    ]
    assert session.scalars(sa.select(RedactedCopy)).all() == []


def test_names_that_are_left_must_be_meant_to_stay(scene, world):
    draft = Draft("Permits of MARSH", "", {}, clean(scene).files)
    with pytest.raises(DomainError) as refused:
        give(scene, world, draft)
    assert (refused.value.field, refused.value.params) == ("may_stay", {"names": "“MARSH”"})
    assert give(scene, world, draft, may_stay=True).title == "Permits of MARSH"


def test_another_file_is_kept_replaced_and_given_up(scene, world, session, now):
    def upload(content, name="clean.pdf"):
        return {scene.original.id: flow.Upload(name, io.BytesIO(content))}

    draft = clean(scene, original=FileAnswer(C.INSTEAD, "Plan"))
    copy = act(scene, world, draft, seen=0, uploads=upload(CLEAN))
    row = session.scalars(
        sa.select(RedactedFile).where(RedactedFile.attachment_id == scene.original.id)
    ).one()
    first = row.storage_key
    assert (row.name, row.media_type, row.size) == ("Plan.pdf", "application/pdf", len(CLEAN))
    assert (scene.folder / first).read_bytes() == CLEAN
    copy = act(scene, world, draft, seen=copy.version, uploads=upload(b"plain words", "notes.txt"))
    assert (row.name, row.media_type) == ("Plan.txt", "text/plain")
    assert row.storage_key != first
    copy = give(scene, world, draft, seen=copy.version)
    assert [file.name for file in read(scene, session).files] == ["Plan.txt", "Attachment 2.pdf"]
    file = read(scene, session).files[0]
    assert file_for_reviewer(session, scene.proposal.id, file.id, names_hidden=True) == file
    second = row.storage_key
    for name in (first, second, "a" * 48):
        (scene.folder / name).touch()
        os.utime(scene.folder / name, (0, 0))
    assert attachments.remove_orphans(session, now, scene.folder) == 2
    assert sorted(path.name for path in scene.folder.iterdir()) == sorted(
        [second, scene.original.storage_key, scene.plain.storage_key]
    )
    give(scene, world, clean(scene), seen=copy.version)
    assert (row.storage_key, row.as_it_is, row.size) == (None, False, 0)
    assert [file.name for file in read(scene, session).files] == ["Attachment 2.pdf"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("clean.pdf", b"no pdf"), ("clean.exe", b"MZ"), ("clean.pdf", b""), ("big.txt", b"x" * 1_000_001)],
)
def test_a_faulty_file_leaves_nothing_behind(scene, world, session, name, content):
    before = sorted(path.name for path in scene.folder.iterdir())
    draft = clean(scene, original=FileAnswer(C.INSTEAD))
    with pytest.raises(DomainError) as refused:
        act(scene, world, draft, seen=0, uploads={scene.original.id: flow.Upload(name, io.BytesIO(content))})
    assert refused.value.field == f"upload_{scene.original.id}"
    assert sorted(path.name for path in scene.folder.iterdir()) == before


def test_bytes_go_when_the_rows_cannot_be_written(scene, world, session, monkeypatch):
    before = sorted(path.name for path in scene.folder.iterdir())

    def broken(*_args, **_more):
        raise RuntimeError("the event cannot be written")

    monkeypatch.setattr(flow, "record", broken)
    with pytest.raises(RuntimeError):
        act(
            scene,
            world,
            clean(scene, original=FileAnswer(C.INSTEAD)),
            seen=0,
            uploads={scene.original.id: flow.Upload("clean.pdf", io.BytesIO(CLEAN))},
        )
    assert sorted(path.name for path in scene.folder.iterdir()) == before


def test_a_file_that_is_still_to_come_is_not_taken_for_left_out(scene, world, session):
    copy = act(scene, world, clean(scene), seen=0)
    waiting = clean(scene, original=FileAnswer(C.INSTEAD), plain=FileAnswer(None))
    copy = act(scene, world, waiting, seen=copy.version)
    assert session.scalars(sa.select(RedactedFile).where(RedactedFile.copy_id == copy.id)).all() == []
    with pytest.raises(IncompleteCopy):
        give(scene, world, waiting, seen=copy.version)


def test_two_at_once_meet(scene, world, session):
    act(scene, world, clean(scene), seen=0)
    for seen in (0, 7):
        with pytest.raises(StaleVersion):
            act(scene, world, clean(scene), seen=seen)
    session.execute(sa.delete(RedactedFile))
    session.execute(sa.delete(RedactedCopy))
    session.expire_all()
    with pytest.raises(StaleVersion):
        act(scene, world, clean(scene), seen=3)


def test_a_given_copy_is_corrected_not_redrafted(scene, world, session, now):
    copy = give(scene, world, clean(scene))
    with pytest.raises(DomainError, match="Reviewers read this copy already"):
        act(scene, world, clean(scene), seen=copy.version)
    later = now + timedelta(hours=2)
    corrected = give(scene, world, Draft("Faster permits", "", {}, clean(scene).files), seen=1, at=later)
    assert (corrected.ready_at, corrected.version) == (later, 2)
    assert title(scene, session) == "Faster permits"


def test_a_new_revision_makes_the_copy_stale_and_brings_no_name_back(scene, world, session):
    give(scene, world, clean(scene))
    scene.hand_in(world, 2, problem="Wilhelmina waits longer.")
    shown = read(scene, session)
    assert (shown.is_copy, shown.revision.number, shown.newest) == (True, 1, 2)
    assert title(scene, session) == "Permits"
    act(scene, world, Draft("Permits two", "", {}, {}), seen=0)
    assert read(scene, session).revision.number == 1
    give(scene, world, Draft("Permits two", "", {}, clean(scene).files), seen=1)
    assert read(scene, session).revision.number == 2
    assert title(scene, session) == "Permits two"


def test_saves_in_one_sitting_are_one_event(scene, world, session, now):
    seen = 0
    for minutes in (0, 2, 4, 15):
        at = now + timedelta(minutes=minutes)
        seen = act(scene, world, clean(scene), seen=seen, at=at, in_background=True).version
    assert kinds(session) == [EventKind.REDACTION_SAVED] * 2


def test_only_coordinators_and_only_before_the_decision(scene, world, session):
    gatekeeper = world.person("Gil Gate", Role.GATEKEEPER)
    for person, error in (
        (scene.reviewer, NotFound),
        (gatekeeper, Forbidden),
        (world.person("No One"), NotFound),
    ):
        with pytest.raises(error):
            act(scene, world, clean(scene), seen=0, person=person)
    scene.proposal.step, scene.proposal.stage = Step.DESIGN, "design"
    session.flush()
    with pytest.raises(DomainError, match="The gate has been decided"):
        act(scene, world, clean(scene), seen=0)


def test_which_proposals_lack_a_copy(scene, world, session):
    cora = world.actor(scene.coordinator)
    open_call = world.call("Open round")
    world.proposal("Not hidden", call=open_call, step=Step.REVIEW)
    world.proposal("A draft", call=scene.call, step=Step.DRAFT)
    world.proposal("Decided", call=scene.call, step=Step.DESIGN)
    second = world.proposal("Zebra", call=scene.call, step=Step.SCREENING)

    def lacking(actor=cora, **more):
        rows = query.lacking_copies(session, actor, **more)
        return [(row.number, row.newest, row.given, row.drafted) for row in rows]

    both = [(scene.proposal.number, 1, None, False), (second.number, 1, None, False)]
    assert lacking() == lacking(call=scene.call.slug) == both
    assert lacking(call=open_call.slug) == lacking(world.actor(scene.reviewer)) == []
    act(scene, world, clean(scene), seen=0)
    assert lacking()[0] == (scene.proposal.number, 1, None, True)
    give(scene, world, clean(scene), seen=1)
    assert lacking() == both[1:]
    scene.hand_in(world, 2)
    session.flush()
    assert lacking()[0] == (scene.proposal.number, 2, 1, False)
