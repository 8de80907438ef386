"""Marks: what users said of answers is kept, and goes with the article that it is of."""

import shutil

import pytest

from index import Archive, InvalidInput, Verdict
from index.errors import ArchiveDamaged, ArchiveLocked, NoDocument, NoMark

TEXT = "It rained. ISIS did it. Nobody else did."
CHANGED = "It snowed. ISIS did it. Nobody else did. It ended."
OTHER = "Something else altogether is said here, and nothing of what was."


@pytest.fixture(name="marked")
def _marked(archive, put):
    """A function that marks the second sentence of the one article."""
    put(id="a", text=TEXT)

    def marked(verdict=Verdict.RIGHT, **fields):
        known = {"question": "Who did it?", "document_id": "a", "start": 11, "end": 23}
        return archive.mark(verdict, **known | {"answer": "ISIS"} | fields)

    return marked


def test_a_mark_is_kept(archive, marked):
    """It has the question, the sentence, the words, the verdict, who, and the text's SHA-256."""
    mark = marked(who="ann")
    assert archive.marks() == [mark]
    assert (mark.question, mark.document, mark.verdict) == ("Who did it?", "a", Verdict.RIGHT)
    assert (mark.sentence, mark.answer, mark.who) == ("ISIS did it.", "ISIS", "ann")
    assert mark.sha256 == archive.document("a").sha256
    assert mark.marked_at.utcoffset().total_seconds() == 0


def test_a_later_verdict_replaces_the_former(archive, marked):
    """One user says one thing of one answer, and each mark has a number of its own."""
    first, second = marked(), marked(Verdict.WRONG)
    assert first.number < second.number
    assert archive.marks() == [second]


@pytest.mark.parametrize(
    "other",
    [{"who": "bob"}, {"question": "Who was it?"}, {"start": 0, "end": 10, "answer": "rained"}],
)
def test_another_answer_has_another_mark(archive, marked, other):
    """Another user, question or sentence is marked by itself."""
    both = [marked(), marked(**other)]
    assert archive.marks() == both


def test_marks_of_one_user(archive, marked):
    """A user's own are listed alone; a user without a name is one, too."""
    mine, anonymous = marked(who="ann"), marked()
    assert archive.marks(who="ann") == [mine]
    assert archive.marks(who="") == [anonymous]


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": " "},
        {"start": 23},
        {"start": -1},
        {"end": 99},
        {"answer": "rained"},
    ],
)
def test_what_cannot_be_marked(archive, marked, wrong):
    """No question, no sentence, or words that are not in it."""
    with pytest.raises(InvalidInput):
        marked(**wrong)
    assert archive.marks() == []


def test_an_article_that_is_not_there(marked):
    """Nothing of it can be marked."""
    with pytest.raises(NoDocument):
        marked(document_id="b")


def test_a_mark_is_withdrawn(archive, marked):
    """By its number; a second time there is none."""
    kept, gone = marked(who="ann"), marked(who="bob")
    archive.withdraw(gone.number)
    assert archive.marks() == [kept]
    with pytest.raises(NoMark, match=f"number {gone.number}"):
        archive.withdraw(gone.number)


def test_another_users_mark_is_not_withdrawn(archive, marked):
    """With a user's name, only that user's is."""
    mark = marked(who="ann")
    with pytest.raises(NoMark):
        archive.withdraw(mark.number, who="bob")
    assert archive.marks() == [mark]
    archive.withdraw(mark.number, who="ann")
    assert archive.marks() == []


def test_marks_outlive_repair_and_opening_again(archive, marked, encoder):
    """What is derived is built anew, and marks are not derived."""
    mark = marked()
    assert archive.verify(repair=True).is_clean
    archive.reencode(encoder)
    with Archive.open(archive.folder, encoder=encoder) as other:
        assert other.marks() == [mark]


@pytest.mark.in_a_folder
def test_marks_go_with_their_article(archive, put, marked):
    """Nothing of a removed article stays in the file: not the words that marks had, either."""
    marked(who="ann")
    put(id="b", text=OTHER)
    archive.remove(["a"])
    assert archive.marks() == []
    assert b"ISIS did it" not in (archive.folder / "archive.sqlite").read_bytes()


def test_marks_of_a_version_go_with_its_document(archive, put, marked):
    """Removing a document removes its former versions, and their marks."""
    put(id="c", text=TEXT, url="https://a.example/")
    sha256 = archive.document("c").sha256
    put(id="c", text=OTHER, url="https://a.example/")
    marked(document_id=f"c@{sha256[:8]}")
    archive.remove(["c"])
    assert archive.marks() == []


@pytest.mark.parametrize("url", ["", "https://a.example/"])
@pytest.mark.parametrize("text", [CHANGED, OTHER])
def test_a_former_version_keeps_its_marks(archive, put, marked, text, url):
    """The former text is kept, with an address or without, and so is what was said of it."""
    put(id="c", text=TEXT, url=url)
    mark = marked(document_id="c")
    put(id="c", text=text, url=url)
    assert archive.marks() == [mark]


def test_a_text_in_place_of_a_damaged_one_keeps_the_marks_that_fit(archive, put, marked):
    """What was damaged is no former version; of what was said of it goes what the text lacks."""
    put(id="c", text=TEXT)
    marked(document_id="c")
    with archive._backend.writing() as store, store.database.writing():
        store.database.execute("UPDATE contents SET text = replace(text, 'ISIS', 'Isis')")
    put(id="c", text=OTHER)
    assert archive.marks() == []


@pytest.mark.in_a_folder
def test_a_mark_waits_a_moment_and_is_then_refused(archive, marked, monkeypatch):
    """While another writes, the mark is refused with the number of the process that does."""
    monkeypatch.setattr("index.archive.marking._MARKING_SECONDS", 0.1)
    with archive._backend.writing(), pytest.raises(ArchiveLocked, match="locked by process"):
        marked()
    assert archive.marks() == []


def test_a_damaged_mark_is_found(archive, marked):
    """A verdict that was turned is told by `verify`, is not handed out, and goes with a repair."""
    mark, kept = marked(), marked(who="ann")
    with archive._backend.writing() as store, store.database.writing():
        store.database.execute("UPDATE marks SET verdict = 'wrong' WHERE who = ''")
    with pytest.raises(ArchiveDamaged, match=f"number {mark.number} .* onrecord verify --repair"):
        archive.marks()
    (finding,) = archive.verify().findings
    assert finding.what == f"mark number {mark.number} is damaged"
    assert archive.verify(repair=True).is_clean
    assert archive.marks() == [kept]


def test_a_damaged_mark_can_be_withdrawn(archive, marked):
    """Its number is enough."""
    mark = marked()
    with archive._backend.writing() as store, store.database.writing():
        store.database.execute("UPDATE marks SET verdict = 'wrong'")
    archive.withdraw(mark.number)
    assert archive.verify().is_clean


@pytest.mark.in_a_folder
def test_an_archive_from_before_marks(archive, put, encoder, tmp_path):
    """The table is made when an archive of a former version is opened; clusters are as before."""
    again = f"{TEXT} Then rain came down on the town and did not end until late on Monday."
    put({"id": "a", "text": again}, {"id": "b", "text": f"{again} It rained."})
    assert archive.copies("a") == ("b",)
    with archive._backend.writing() as store:
        for statement in (
            "DROP TABLE marks",
            "DROP INDEX contents_by_sentences",
            "DROP INDEX contents_by_cluster",
            "DROP INDEX cluster_bands_by_content",
            "ALTER TABLE contents RENAME COLUMN cluster TO story",
            "ALTER TABLE contents RENAME COLUMN cluster_checksum TO story_checksum",
            "ALTER TABLE cluster_bands RENAME TO story_bands",
            "CREATE INDEX contents_by_story ON contents (story)",
            "CREATE INDEX story_bands_by_content ON story_bands (content)",
        ):
            store.database.execute(statement)
        store.database.execute("PRAGMA user_version = 3")
        store.database.execute("DELETE FROM migrations WHERE number > 3")
    archive._release()
    shutil.copytree(archive.folder, tmp_path / "former")
    with Archive.open(tmp_path / "former", encoder=encoder) as former:
        assert former.marks() == []
        assert former.copies("a") == ("b",)
        assert former.verify().is_clean
