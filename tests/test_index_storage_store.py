"""Damage in the database is never an answer: it is an error, and `verify` names it."""

import contextlib
import dataclasses
import datetime as dt
import errno
import os
import random
import shutil
import threading
from collections import Counter
from pathlib import Path

import apsw
import pytest

from index import Archive, ArchiveError, Filters, OnRecordError, Span
from index.datatypes import sha256_of
from index.errors import ArchiveBusy, ArchiveDamaged, NoDocument
from index.folders import FILE_NAME
from index.models import PassageText
from index.storage.database import Database
from index.storage.store import Store

TEXT = "Gunmen attacked the town of Tazerbo. Nine people died there. The army came at dawn."


@pytest.fixture(name="whole")
def _whole(archive, put):
    """An archive with three articles, and nothing wrong."""
    put(
        {
            "id": "a",
            "text": TEXT,
            "title": "Attack on Tazerbo",
            "source": "AP",
            "url": "https://example.com/a",
            "published": dt.date(2018, 11, 25),
            "authors": ("A. Writer",),
        },
        {"id": "b", "text": "The court sentenced three people to death in Benghazi."},
        {"id": "c", "text": "Nothing happened in Tripoli on Monday."},
    )
    assert archive.verify().is_clean
    return archive


def tamper(archive, sql, *bindings):
    """Change the tables behind the archive's back."""
    archive._release()
    connection = apsw.Connection(str(archive.folder / FILE_NAME))
    connection.execute(sql, bindings)
    changed = connection.changes()
    connection.close()
    assert changed


_TEXT_DAMAGE = {
    "one-letter": "UPDATE contents SET text = replace(text, 'Nine', 'Nina') WHERE content = 1",
    "shorter": "UPDATE contents SET text = substr(text, 1, 20) WHERE content = 1",
    "longer": "UPDATE contents SET text = text || ' More.' WHERE content = 1",
    "empty": "UPDATE contents SET text = '' WHERE content = 1",
    "another": "UPDATE contents SET text = (SELECT text FROM contents WHERE content = 2)"
    " WHERE content = 1",
    "no-utf8": "UPDATE contents SET text = CAST(x'476fff' AS TEXT) WHERE content = 1",
    "hash": "UPDATE contents SET sha256 = 'x' WHERE content = 1",
}

_DOCUMENT_DAMAGE = {
    "title": "UPDATE documents SET title = 'Attack on Kufra' WHERE id = 'a'",
    "source": "UPDATE documents SET source = 'AFP' WHERE id = 'a'",
    "url": "UPDATE documents SET url = 'https://example.com/b' WHERE id = 'a'",
    "published": "UPDATE documents SET published = '2018-11-26' WHERE id = 'a'",
    "no-date": "UPDATE documents SET published = 'yesterday' WHERE id = 'a'",
    "undated": "UPDATE documents SET published = NULL WHERE id = 'a'",
    "authors": "UPDATE documents SET authors = '[\"B\"]' WHERE id = 'a'",
    "no-json": "UPDATE documents SET authors = '[' WHERE id = 'a'",
    "number": "UPDATE documents SET authors = '5' WHERE id = 'a'",
    "numbers": "UPDATE documents SET authors = '[5]' WHERE id = 'a'",
    "no-utf8": "UPDATE documents SET title = CAST(x'41ff' AS TEXT) WHERE id = 'a'",
    "other-text": "UPDATE documents SET content = 2 WHERE id = 'a'",
    "path": "UPDATE documents SET path = '/news/other.txt' WHERE id = 'a'",
    "line": "UPDATE documents SET line = 7 WHERE id = 'a'",
    "checksum": "UPDATE documents SET checksum = 'x' WHERE id = 'a'",
    "fingerprint": "UPDATE documents SET fingerprint = 'x' WHERE id = 'a'",
}

_PASSAGE_DAMAGE = {
    "spans": "UPDATE passages SET spans = x'0000000005000000' WHERE passage = 1",
    "odd-spans": "UPDATE passages SET spans = x'000000' WHERE passage = 1",
    "no-spans": "UPDATE passages SET spans = x'' WHERE passage = 1",
    "negative": "UPDATE passages SET spans = x'ffffffffffffffff' WHERE passage = 1",
    "vector": "UPDATE passages SET vector = zeroblob(128) WHERE passage = 1",
    "short-vector": "UPDATE passages SET vector = zeroblob(4) WHERE passage = 1",
    "sentences": "UPDATE passages SET sentence_vectors = zeroblob(192) WHERE passage = 1",
    "order": "UPDATE passages SET first_sentence = 7 WHERE passage = 1",
    "other-text": "UPDATE passages SET content = 2 WHERE passage = 1",
    "checksum": "UPDATE passages SET checksum = x'00' WHERE passage = 1",
}


@pytest.mark.parametrize("kind", _TEXT_DAMAGE)
def test_damaged_text_is_no_answer(whole, kind):
    """A text that is not the one that was added is an error, wherever it would be shown."""
    tamper(whole, _TEXT_DAMAGE[kind])
    for read in (
        lambda: whole.document("a"),
        lambda: list(whole.documents()),
        lambda: whole.search("attacked Tazerbo"),
        lambda: whole.search('"court sentenced" "Benghazi"') and whole.sentences("a"),
    ):
        with pytest.raises(ArchiveDamaged, match="onrecord verify"):
            read()
    assert whole.document("b").id == "b"


@pytest.mark.parametrize("kind", _DOCUMENT_DAMAGE)
def test_damaged_metadata_is_no_answer(whole, kind):
    """What a citation says is what was added, or an error."""
    tamper(whole, _DOCUMENT_DAMAGE[kind])
    for read in (lambda: whole.document("a"), lambda: list(whole.documents())):
        with pytest.raises(ArchiveDamaged, match="onrecord verify"):
            read()
    assert whole.document("b").id == "b"


@pytest.mark.parametrize("kind", _PASSAGE_DAMAGE)
def test_damaged_passage_is_no_answer(whole, kind):
    """A passage whose places or vectors changed is an error, never a wrong quotation."""
    tamper(whole, _PASSAGE_DAMAGE[kind])
    with pytest.raises(ArchiveDamaged, match="onrecord verify"):
        whole.search("attacked Tazerbo")
    assert whole.document("a").text == TEXT


@pytest.mark.in_a_folder
@pytest.mark.parametrize("vector", ["zeroblob(4)", "zeroblob(3)", "x''", "zeroblob(256)"])
def test_a_vector_of_another_length_is_no_index(whole, encoder, vector):
    """Where the index is made of the vectors, one that is too short or too long is an error."""
    tamper(whole, f"UPDATE passages SET vector = {vector} WHERE passage = 1")
    for file in whole.folder.glob("*.faiss"):
        file.unlink()
    with (
        Archive.open(whole.folder, encoder=encoder) as opened,
        pytest.raises(ArchiveDamaged, match="vector of passage 1 is damaged"),
    ):
        opened.search("attacked Tazerbo")


@pytest.mark.parametrize(
    "sql",
    [*_TEXT_DAMAGE.values(), *_DOCUMENT_DAMAGE.values(), *_PASSAGE_DAMAGE.values()],
    ids=[
        *(f"text-{kind}" for kind in _TEXT_DAMAGE),
        *(f"document-{kind}" for kind in _DOCUMENT_DAMAGE),
        *(f"passage-{kind}" for kind in _PASSAGE_DAMAGE),
    ],
)
def test_verify_finds_damage(whole, sql):
    """`verify` names each damage in one line, with a remedy to type, and raises nothing."""
    tamper(whole, sql)
    report = whole.verify()
    assert not report.is_clean
    for finding in report.findings:
        assert finding.what
        assert "\n" not in finding.what
        assert finding.remedy


@pytest.mark.parametrize("kind", _PASSAGE_DAMAGE)
def test_reencode_mends_passages(whole, encoder, kind):
    """The remedy for damaged passages mends them."""
    tamper(whole, _PASSAGE_DAMAGE[kind])
    remedies = {finding.remedy for finding in whole.verify().findings}
    assert "onrecord reencode" in remedies
    whole.reencode(encoder)
    whole.verify(repair=True)
    assert whole.verify().is_clean
    assert whole.search("attacked Tazerbo").hits[0].document.id == "a"


@pytest.mark.parametrize("kind", ["one-letter", "hash", "another"])
def test_removing_and_adding_again_mends_a_text(whole, put, kind):
    """The remedy for a damaged text mends it."""
    document = whole.document("a")
    tamper(whole, _TEXT_DAMAGE[kind])
    assert any("onrecord remove" in one.remedy for one in whole.verify().findings)
    whole.remove(["a"])
    whole.add_documents([document])
    whole.verify(repair=True)
    assert whole.verify().is_clean
    assert whole.document("a") == document


_TERMS_DAMAGE = {
    "emptied": "INSERT INTO terms (terms) VALUES ('delete-all')",
    "extra": "INSERT INTO terms (rowid, headline, passage) VALUES (999, '', 'intruder')",
    "lost": "INSERT INTO terms (terms, rowid, headline, passage)"
    " VALUES ('delete', 3, '', 'noth happen in tripoli on monday')",
}


@pytest.mark.parametrize("kind", _TERMS_DAMAGE)
def test_repair_mends_the_terms(whole, kind):
    """A lexical index that lacks or adds a word is found, and built anew."""
    before = whole.search("Tripoli").hits
    whole._release()
    connection = apsw.Connection(str(whole.folder / FILE_NAME))
    connection.execute(_TERMS_DAMAGE[kind])
    connection.close()
    (finding,) = whole.verify().findings
    assert finding.remedy == "onrecord verify --repair"
    assert whole.verify(repair=True).is_clean
    assert whole.search("Tripoli").hits == before


def test_lost_text_is_found(whole):
    """A document whose text is gone is named by `verify`, and is an error to read."""
    tamper(whole, "DELETE FROM contents WHERE content = 1")
    assert not whole.verify().is_clean
    with pytest.raises(ArchiveDamaged):
        whole.document("a")


def _shown(archive):
    """Every document and hit that a user could be shown, but for where a file lies."""
    documents = [dataclasses.replace(one, path="/", line=None) for one in archive.documents()]
    hits = [
        hit
        for query in ("who attacked Tazerbo?", "court Benghazi", '"Nothing happened"')
        for hit in archive.search(query).hits
    ]
    return documents, {(hit.document.id, hit.passage.sentences) for hit in hits}


def test_flipped_bits_change_no_answer(whole, encoder, tmp_path, monkeypatch):
    """A bit flipped anywhere in the file leaves what is shown as it was, or is an error."""
    monkeypatch.setattr("index.storage.database._BUSY_TIMEOUT_MS", 50)
    documents, hits = _shown(whole)
    whole._release()
    raw = (whole.folder / FILE_NAME).read_bytes()
    numbers = random.Random(7)
    seen = Counter()
    folder = tmp_path / "flipped"
    for _ in range(150):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        damaged = bytearray(raw)
        damaged[numbers.randrange(len(raw))] ^= 1 << numbers.randrange(8)
        (folder / FILE_NAME).write_bytes(damaged)
        try:
            with Archive.open(folder, encoder=encoder) as archive:
                found, shown = _shown(archive)
        except OnRecordError:
            seen["errors"] += 1
            continue
        assert all(one in documents for one in found)
        assert shown <= hits
        seen["same"] += 1
    assert min(seen["errors"], seen["same"]) > 5


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_truncated_file_is_found_out(whole, encoder, keep):
    """A database cut short is refused when it is opened, or `verify` says what is wrong."""
    whole._release()
    path = whole.folder / FILE_NAME
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    try:
        archive = Archive.open(whole.folder, encoder=encoder)
    except ArchiveError:
        return
    with archive:
        assert not archive.verify().is_clean


def test_a_file_that_cannot_be_opened_is_told_by_verify(whole, monkeypatch):
    """The disk may fail while the archive is open: that is a finding, as damage is."""

    def fail(path, *_):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    whole._release()
    with Archive.open(whole.folder) as archive:
        monkeypatch.setattr(Path, "open", fail)
        found, *_ = archive.verify().findings
    file = whole.folder / FILE_NAME
    assert found.what == f"{file} cannot be read: Input/output error; check the disk"


# What is stored


def test_stored_vectors_are_the_encoders(whole, encoder):
    """Passage vectors are kept exactly, sentence vectors to half precision, spans exactly."""
    store = Store(Database(whole.folder / FILE_NAME))
    (passage,) = store.passages_of(1)
    assert passage.spans == (Span(0, 36), Span(37, 60), Span(61, 83))
    text = PassageText(headline="Attack on Tazerbo", text=TEXT, sentences=passage.spans)
    (expected,) = encoder.encode_passages([text])
    assert (passage.vector == expected.passage).all()
    assert abs(passage.sentence_vectors - expected.sentences).max() < 1e-3
    store.database.close()


def test_text_is_plain_in_the_file(whole):
    """Anybody can read an article with SQLite alone."""
    whole._release()
    connection = apsw.Connection(str(whole.folder / FILE_NAME))
    rows = list(connection.execute("SELECT text, sha256 FROM contents WHERE content = 1"))
    connection.close()
    assert rows == [(TEXT, sha256_of(TEXT))]


def test_ids_of_passages_are_never_given_twice(whole, put):
    """A passage's id is not that of one that was removed, which a snapshot may still hold."""
    last = whole.search("Tripoli", top_k=1).hits[0].passage.id
    whole.remove(["c"])
    put(id="d", text="Somebody came to Tripoli.")
    assert whole.search("Tripoli", top_k=1).hits[0].passage.id > last


def test_everything_is_counted_as_under_no_filter(whole, put):
    """After copies, a later version and a removal, both counts are of what can be searched."""
    url = "https://example.com/a"
    put(
        {"id": "copy", "text": TEXT},
        {"id": "a", "text": "Calm returned to Tazerbo. Nobody was hurt.", "url": url},
    )
    whole.remove(["b"])
    store = whole._store()
    assert store.totals(Filters()) == store._count(Filters())
    assert store.totals(Filters()).texts == 3


def test_settings_of_the_connection(whole):
    """The file is in WAL mode, and the connection has the settings that keep it safe."""
    database = Database(whole.folder / FILE_NAME)
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "secure_delete": 1,
    }
    found = {name: database.execute(f"PRAGMA {name}") for name in expected}
    database.close()
    assert {name: rows[0][0] if rows else 0 for name, rows in found.items()} == expected


def test_migrations_are_recorded(whole):
    """Each migration has left its record, and running them again does nothing."""
    database = Database(whole.folder / FILE_NAME)
    before = database.execute("SELECT number, name FROM migrations")
    database.migrate()
    assert database.execute("SELECT number, name FROM migrations") == before
    assert [number for number, _ in before] == list(range(1, len(before) + 1))
    database.close()


def test_old_sqlite_is_refused(whole, monkeypatch):
    """SQLite with the bug that corrupts archives is refused, with what to install."""
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(ArchiveError, match="pip install --upgrade apsw"):
        Archive.open(whole.folder)


def test_failed_transaction_leaves_nothing(whole):
    """What fails within a transaction is undone as a whole."""
    with whole._backend.writing() as store:
        with pytest.raises(NoDocument), store.database.writing():
            store.remove("a") or store.remove("nobody")
        assert store.fingerprint("a")
    assert whole.verify().is_clean


def test_busy_archive_says_so(whole, monkeypatch):
    """When a foreign program keeps the file locked, the error says that it was busy."""
    monkeypatch.setattr("index.storage.database._BUSY_TIMEOUT_MS", 50)
    other = apsw.Connection(str(whole.folder / FILE_NAME))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveError, match="busy"):
        whole.remove(["a"])
    other.execute("ROLLBACK")
    other.close()
    assert whole.remove(["a"]) == 1


@contextlib.contextmanager
def _for_a_moment(path, *statements):
    """Another program that does something with the file, and holds it a little longer."""
    other = apsw.Connection(str(path))
    for statement in statements:
        other.execute(statement).fetchall()
    timer = threading.Timer(0.1, other.close)
    timer.start()
    yield
    timer.join()


def test_opening_waits_for_who_is_busy(whole):
    """A file that another process has for itself for a moment, as at its end, is waited for."""
    whole._release()
    path = whole.folder / FILE_NAME
    with _for_a_moment(path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "COMMIT"):
        Database(path).close()


def test_making_waits_for_who_makes_it_too(tmp_path):
    """A file that another process has begun to make an archive of is waited for."""
    path = tmp_path / FILE_NAME
    with (
        contextlib.closing(Database(path, create=True)) as database,
        _for_a_moment(path, "BEGIN IMMEDIATE"),
    ):
        database.migrate()
        assert database.execute("PRAGMA journal_mode") == [("wal",)]


def test_making_does_not_wait_for_ever(tmp_path, monkeypatch):
    """When a foreign program reads a file without end that is to be an archive, that is said."""
    monkeypatch.setattr("index.storage.database._BUSY_TIMEOUT_MS", 50)
    path = tmp_path / FILE_NAME
    with (
        contextlib.closing(Database(path, create=True)) as database,
        contextlib.closing(apsw.Connection(str(path))) as other,
    ):
        other.execute("BEGIN")
        other.execute("SELECT * FROM sqlite_schema").fetchall()
        with pytest.raises(ArchiveError, match="busy"):
            database.migrate()


def test_nobody_makes_an_archive_between_two_looks(tmp_path, monkeypatch):
    """What is asked of a file to tell what it is, is asked of one state of it."""
    monkeypatch.setattr("index.storage.database._BUSY_TIMEOUT_MS", 50)
    path = tmp_path / FILE_NAME
    Database(path, create=True).close()
    version = Database._version

    def version_after_another_tried(database):
        monkeypatch.setattr(Database, "_version", version)
        with contextlib.closing(Database(path)) as other, contextlib.suppress(ArchiveBusy):
            other.migrate()
        return version(database)

    monkeypatch.setattr(Database, "_version", version_after_another_tried)
    Database(path).close()
