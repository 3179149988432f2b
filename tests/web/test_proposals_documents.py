from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.attachments import MEDIA_TYPES, clean_name, kind_of
from incubator.domain.errors import DomainError
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import attachment_store as store
from incubator.flows import attachments as flow
from incubator.models.history import Event
from incubator.models.proposals import Attachment


def archive(*names, mimetype=""):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        if mimetype:
            opened.writestr("mimetype", mimetype)
        for name in names:
            opened.writestr(name, "x")
    return packed.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 30
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 30
GOOD = {
    "pdf": b"%PDF-1.7\n...",
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "odt": archive("content.xml", mimetype=MEDIA_TYPES["odt"]),
    "png": PNG,
    "jpg": JPG,
    "jpeg": JPG,
    "csv": "town,wait\nDenver,51\n".encode("cp1252"),
    "txt": "Sehr geehrte Frau Müller".encode("cp1252"),
}


@pytest.mark.parametrize("ending", GOOD)
def test_files_of_the_kinds_taken_are_taken(ending):
    kind = kind_of(f"letter.{ending.upper()}", io.BytesIO(GOOD[ending]))
    assert kind.media_type == MEDIA_TYPES["jpg" if ending == "jpeg" else ending]


def test_text_in_two_byte_characters_is_taken():
    assert kind_of("a.csv", io.BytesIO("town,wait".encode("utf-16"))).extension == "csv"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg onload=alert(1)>"),
        ("a.html", b"<html>"),
        ("a.xml", b"<?xml version='1.0'?>"),
        ("a.exe", b"MZ"),
        ("pdf", b"%PDF-"),
        ("a.pdf.html", b"%PDF-"),
        ("a.txt", b"<script>alert(1)</script>"),
        ("a.csv", b"\xef\xbb\xbf  <SVG onload=alert(1)>"),
        ("a.txt", b"%PDF-1.7"),
        ("a.txt", b"text\x00with nul"),
        ("a.csv", b"ok\n" * 50_000 + b"\x00"),
        ("a.png", JPG),
        ("a.pdf", b"\n%PDF-1.7"),
        ("a.png", PNG + archive("x")),
        ("a.pdf", b"%PDF-1.7" + archive("[Content_Types].xml", "word/document.xml")),
        ("a.docx", archive("[Content_Types].xml", "xl/workbook.xml")),
        ("a.docx", archive("word/document.xml")),
        ("a.docx", archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 not an archive"),
        ("a.xlsx", GOOD["xlsx"][:40]),
        ("a.odt", archive("content.xml", mimetype="application/zip")),
        ("a.odt", archive("content.xml", mimetype=MEDIA_TYPES["odt"] + " " * 5_000)),
        ("a.docx", archive("[Content_Types].xml", *(f"word/{n}" for n in range(5_001)))),
        ("a.pdf", b""),
    ],
    ids=lambda given: given if isinstance(given, str) else "",  # archives hold the time of day
)
def test_other_files_and_disguises_are_refused(name, content):
    with pytest.raises(DomainError) as refused:
        kind_of(name, io.BytesIO(content))
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("letter.pdf", "letter.pdf"),
        ("/etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("../../x.pdf", "x.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("CON.txt", "_CON.txt"),
        ("lpt1.pdf", "_lpt1.pdf"),
        ("", "file"),
        ("....", "file"),
        (".pdf", "file.pdf"),
        ("  two   words .pdf", "two words.pdf"),
        ("invoice\u202efdp.exe.txt", "invoicefdp.exe.txt"),
        ("<svg onload=alert(1)>.pdf", "svg onload=alert(1).pdf"),
        ('a"b:c|d?.pdf', "abcd.pdf"),
        ("line\r\nbreak.pdf", "linebreak.pdf"),
        ("Übersicht – März.pdf", "Übersicht – März.pdf"),
    ],
)
def test_names_are_cleaned(raw, cleaned):
    assert clean_name(raw) == cleaned


def test_a_long_name_keeps_its_ending():
    name = clean_name("ä" * 300 + ".pdf")
    assert (len(name), name[-5:]) == (120, "ä.pdf")
    assert len(clean_name("x." + "y" * 300)) <= 122


@pytest.fixture
def agency(world):
    return world.agency("DRIV")


@pytest.fixture
def author(world, agency):
    return world.person("Ana", (Role.SUBMITTER, agency), agency=agency)


@pytest.fixture
def draft(world, agency, author):
    return world.proposal("Draft", agency=agency, step=Step.DRAFT, authors=(author,))


@pytest.fixture
def folder(app):
    return app.config["SETTINGS"].attachments


def upload(visitor, number, name="letter.txt", content=b"Dear office", status=200, description="A letter"):
    page = visitor.get(f"/pilots/{number}/documents")
    return visitor.submit(
        page, {"file": (io.BytesIO(content), name), "description": description}, holding="file", status=status
    )


def test_a_file_is_attached_and_only_ever_downloaded(browser, session, author, draft, folder):
    visitor = browser(author)
    upload(visitor, draft.number, "Brief – März.txt")
    row = session.scalars(sa.select(Attachment)).one()
    assert (row.name, row.size, row.media_type) == ("Brief – März.txt", 11, "text/plain")
    assert (folder / row.storage_key).read_bytes() == b"Dear office"
    response = visitor.client.get(f"/pilots/{draft.number}/documents/{row.id}")
    assert response.data == b"Dear office"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''Brief%20%E2%80%93%20M%C3%A4rz.txt" in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["Cache-Control"] == "no-store"
    response.close()
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.ATTACHMENT_ADDED)).one()
    assert event.details == {"file": "Brief – März.txt"}


def test_a_hostile_name_stays_text(browser, session, author, draft):
    visitor = browser(author)
    page = upload(visitor, draft.number, "<svg onload=alert(1)>.txt")
    assert "<svg onload" not in page.html
    assert session.scalar(sa.select(Attachment.name)) == "svg onload=alert(1).txt"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.svg", b"<svg/>", "Files of this kind are not taken"),
        ("a.pdf", b"<html>", "is not what “.pdf” says"),
        ("a.txt", b"", "The file is empty"),
        ("a.txt", b"x" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_a_refused_file_leaves_nothing(browser, session, author, draft, folder, name, content, message):
    visitor = browser(author)
    before = sorted(folder.glob("*")) if folder.exists() else []
    form = {
        "csrf_token": visitor.token(),
        "description": "Kept words",
        "file": (io.BytesIO(content), name),
    }
    with visitor.client.post(
        f"/pilots/{draft.number}/documents", data=form, content_type="multipart/form-data"
    ) as response:
        assert response.status_code == 422
        assert message in response.text
        assert "Kept words" in response.text
        response.request.input_stream.close()
    assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0
    assert (sorted(folder.glob("*")) if folder.exists() else []) == before


def test_a_file_of_exactly_the_limit_is_taken(tmp_path):
    stored = store.keep(tmp_path, "a.txt", io.BytesIO(b"x" * 1_000_000), megabytes=1)
    assert stored.size == 1_000_000
    with pytest.raises(DomainError, match="larger"):
        store.keep(tmp_path, "a.txt", io.BytesIO(b"x" * 1_000_001), megabytes=1)
    assert [file.name for file in tmp_path.iterdir()] == [stored.key]


def test_no_file_chosen(browser, author, draft):
    page = browser(author).submit(f"/pilots/{draft.number}/documents", holding="file", status=422)
    assert page.texts("p", "error-message") == ["Error: Choose a file"]


def test_removing_can_be_undone(browser, session, author, draft):
    visitor = browser(author)
    page = upload(visitor, draft.number)
    row_id = session.scalar(sa.select(Attachment.id))
    removed = visitor.submit(page, action=f"/documents/{row_id}/remove")
    assert "No files attached" in removed.text
    visitor.get(f"/pilots/{draft.number}/documents/{row_id}", 404)
    assert "letter.txt" in visitor.submit(removed, holding="Undo").text
    kinds = session.scalars(
        sa.select(Event.kind).where(Event.proposal_id == draft.id).order_by(Event.id)
    ).all()
    assert kinds == [EventKind.ATTACHMENT_ADDED, EventKind.ATTACHMENT_REMOVED, EventKind.ATTACHMENT_ADDED]


def test_the_attachment_of_another_record_does_not_exist(world, browser, session, agency, author, draft):
    other = world.proposal("Other", agency=agency, step=Step.DRAFT, authors=(author,))
    visitor = browser(author)
    upload(visitor, draft.number)
    row_id = session.scalar(sa.select(Attachment.id))
    token = visitor.token()
    visitor.get(f"/pilots/{other.number}/documents/{row_id}", 404)
    visitor.post(f"/pilots/{other.number}/documents/{row_id}/remove", {"csrf_token": token}, status=404)
    visitor.post(f"/pilots/{other.number}/documents/{row_id}/put-back", {"csrf_token": token}, status=404)
    visitor.get(f"/pilots/{draft.number}/documents/{10**20}", 404)
    stranger = browser(world.person("Sid", (Role.SUBMITTER, world.agency())))
    stranger.get(f"/pilots/{draft.number}/documents/{row_id}", 404)
    stranger.post(f"/pilots/{draft.number}/documents", {"csrf_token": stranger.token()}, status=404)


def test_after_handing_in_files_are_read_and_not_changed(world, browser, session, agency, author, draft):
    visitor = browser(author)
    upload(visitor, draft.number)
    row_id = session.scalar(sa.select(Attachment.id))
    session.refresh(draft)
    draft.step, draft.submitted_at = Step.SCREENING, world.now
    session.commit()
    token = visitor.token()
    visitor.post(f"/pilots/{draft.number}/documents", {"csrf_token": token}, status=403)
    visitor.post(f"/pilots/{draft.number}/documents/{row_id}/remove", {"csrf_token": token}, status=403)
    coordinator = browser(world.person("Cora", Role.COORDINATOR))
    with coordinator.client.get(f"/pilots/{draft.number}/documents/{row_id}") as response:
        assert response.data == b"Dear office"


def test_a_link_in_the_store_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    folder = tmp_path / "store"
    folder.mkdir()
    key = "a" * 48
    (folder / key).symlink_to(secret)
    for asked in (key, "../secret", "b" * 48, ""):
        with pytest.raises(Exception) as refused:
            store.open_kept(folder, asked)
        assert type(refused.value).__name__ == "NotFound"


def test_a_crash_between_file_and_row_is_cleaned_up(session, now, tmp_path):
    stored = store.keep(tmp_path, "a.txt", io.BytesIO(b"text"), megabytes=1)
    (tmp_path / "left.part").write_text("half")
    (tmp_path / "README").write_text("not ours")
    import os

    for file in tmp_path.iterdir():
        os.utime(file, (now.timestamp(), now.timestamp()))
    assert flow.remove_orphans(session, now, tmp_path) == 0
    assert flow.remove_orphans(session, now + timedelta(days=2), tmp_path) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["README"]
    assert not (tmp_path / stored.key).exists()


def test_a_failed_row_takes_its_file_back(session, world, author, draft, now, tmp_path, monkeypatch):
    def broken(*_args, **_details):
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(flow, "record", broken)
    with pytest.raises(RuntimeError):
        flow.attach(
            session,
            world.actor(author),
            now,
            draft.id,
            name="a.txt",
            content=io.BytesIO(b"text"),
            description="",
            folder=tmp_path,
            megabytes=1,
        )
    assert list(tmp_path.iterdir()) == []


def test_the_page_asks_the_same_number_of_questions_at_any_length(
    browser, session, statements, author, draft
):
    visitor = browser(author)
    counts = []
    for _round in range(2):
        upload(visitor, draft.number)
        upload(visitor, draft.number)
        with statements() as seen:
            visitor.get(f"/pilots/{draft.number}/documents")
        counts.append(len(seen))
    assert counts == [4, 4]
