"""What the archive does with articles: adds, updates, folds, filters, removes, reencodes."""

import datetime as dt
import json
import shutil
import tempfile
import time
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index import Archive, Document, Filters, InvalidInput, Silent
from index.errors import ArchiveBusy, ArchiveClosed, EncoderMismatch, NoDocument
from index.folders import FILE_NAME


def ids(archive, query, **fields):
    return [hit.document.id for hit in archive.search(query, **fields).hits]


def bytes_of(folder):
    """Every byte of every file under a folder."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# Adding


def test_first_add(archive, put):
    """New articles are added, counted, and there."""
    report = put({"id": "a", "text": "One died. Two fled."}, {"id": "b", "text": "Three came."})
    assert (report.added, report.updated, report.unchanged, report.duplicates) == (2, 0, 0, 0)
    assert (report.documents, report.sentences, report.failed) == (2, 3, ())
    assert archive.document("a").text == "One died. Two fled."


def test_adding_again_changes_nothing(archive, put, recorder):
    """The same articles again are unchanged, and nobody is told of a commit."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "Two fled."})
    change = archive._store().change()
    report = archive.add_documents(list(archive.documents()), progress=recorder)
    assert (report.added, report.unchanged, report.documents) == (0, 2, 2)
    assert recorder.told == []
    assert archive._store().change() == change


def test_same_folder_twice_in_one_call(archive, tmp_path):
    """A file that is named twice is added once."""
    path = tmp_path / "a.txt"
    path.write_text("One died.")
    report = archive.add([path, tmp_path / "a.txt", tmp_path / "." / "a.txt"])
    assert (report.added, report.unchanged) == (1, 2)


def test_another_text_under_the_same_id_is_an_update(archive, put):
    """The new text takes the old one's place; the old one is found no more."""
    put(id="a", text="Gunmen attacked Tazerbo.")
    report = put(id="a", text="The court sentenced three.")
    assert (report.added, report.updated, report.documents, report.sentences) == (0, 1, 1, 1)
    assert archive.document("a").text == "The court sentenced three."
    assert ids(archive, '"attacked Tazerbo"') == []


@pytest.mark.parametrize(
    "field",
    [
        {"title": "Other"},
        {"source": "AP"},
        {"url": "https://x/"},
        {"authors": ("A",)},
        {"published": dt.date(2018, 11, 25)},
    ],
    ids=lambda field: next(iter(field)),
)
def test_other_metadata_is_an_update(archive, put, field):
    """Whatever a citation shows is kept up to date, the text being the same."""
    put(id="a", text="One died.")
    report = put(id="a", text="One died.", **field)
    assert report.updated == 1
    (name, value) = next(iter(field.items()))
    assert getattr(archive.document("a"), name) == value
    assert getattr(archive.search("died").hits[0].document, name) == value


def test_removing_erases_what_was_before_an_update(archive, put):
    """After a removal and a close, no file holds a word of the former text either."""
    put(id="a", text="The xylophonist of Zanzibar died.", title="Quetzalcoatl")
    put(id="a", text="Nobody died.", title="Correction")
    archive.remove(["a"])
    archive.close()
    data = bytes_of(archive.folder).lower()
    for word in (b"xylophon", b"zanzibar", b"quetzalcoatl"):
        assert word not in data


def test_same_text_under_two_ids(archive, put):
    """The second article with a text is a duplicate, kept under its own id and searched once."""
    report = put(
        {"id": "a", "text": "One died.", "source": "AP"},
        {"id": "b", "text": "One died.", "source": "Reuters"},
    )
    assert (report.added, report.duplicates, report.documents, report.sentences) == (1, 1, 2, 1)
    (hit,) = archive.search("died").hits
    assert (hit.document.id, hit.copies) == ("a", ("b",))
    assert [one.source for one in archive.documents()] == ["AP", "Reuters"]
    assert archive.document("b").text == "One died."


def test_copy_under_another_headline_is_folded(archive, put):
    """The same text under another headline is a copy too, and one hit."""
    put({"id": "a", "text": "One died.", "title": "Death"}, {"id": "b", "text": "One died."})
    (hit,) = archive.search("died").hits
    assert {hit.document.id, *hit.copies} == {"a", "b"}


def test_removing_the_first_leaves_its_copy(archive, put):
    """When one of two copies is removed, the other still has the text."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "One died."})
    archive.remove(["a"])
    (hit,) = archive.search("died").hits
    assert (hit.document.id, hit.copies) == ("b", ())
    assert archive.verify().is_clean


def test_updating_a_copy_leaves_the_other(archive, put):
    """A copy that gets a text of its own leaves the first one's text alone."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "One died."})
    assert put(id="b", text="Two fled.").updated == 1
    assert archive.document("a").text == "One died."
    assert archive.search("died").hits[0].copies == ()


def test_id_twice_in_one_batch(archive, put):
    """Of one id twice in a run the last text stays, and the first was really there."""
    report = put({"id": "a", "text": "One died."}, {"id": "a", "text": "Two fled."})
    assert (report.added, report.updated, report.documents) == (1, 1, 1)
    assert archive.document("a").text == "Two fled."
    assert archive.verify().is_clean


def test_id_twice_in_every_run(archive, put):
    """Of one id twice the last stays, however often the run is made."""
    records = [{"id": "a", "text": "One died."}, {"id": "a", "text": "Two fled."}]
    for _ in range(3):
        put(*records)
        assert archive.document("a").text == "Two fled."


def test_text_goes_and_comes_back_in_one_batch(archive, put):
    """A text that one document gives up while another takes it is kept."""
    put(id="a", text="One died.")
    put({"id": "a", "text": "Two fled."}, {"id": "b", "text": "One died."})
    assert archive.document("b").text == "One died."
    assert archive.verify().is_clean


def test_texts_are_kept_to_the_character(archive, put):
    """CRLF, zero bytes, no-break spaces, emoji, combining marks: what goes in comes out."""
    text = " \r\nNine\u00a0people\x00 died\u2028 e\u0301 \U0001f600\ufeff\n "
    put(id="a", text=text)
    assert archive.document("a").text == text
    assert [text[one.start : one.end] for one in archive.sentences("a")] == [
        one.text for one in archive.sentences("a")
    ]
    assert archive.verify().is_clean


def test_hard_words_pass_verify(archive, put):
    """Fractions, mathematical letters and endless words do not look like damage."""
    put(id="a", text="Rates rose 2½ points. 𝐁𝐨𝐥𝐝 ③ " + "x" * 40_000, title="¼ more")
    assert archive.verify().is_clean
    assert ids(archive, "rates 2½") == ["a"]


def test_loading_the_models_does_not_count(tmp_path, make_encoder):
    """The seconds of an `add` are those of reading, encoding and keeping."""

    class Slow(make_encoder):
        is_loaded = False

        def encode_question(self, question):
            if not self.is_loaded:
                time.sleep(0.4)
                self.is_loaded = True
            return super().encode_question(question)

        def encode_passages(self, passages):
            self.encode_question("")
            return super().encode_passages(passages)

    with Archive.open(tmp_path / "slow", encoder=Slow()) as archive:
        started = time.perf_counter()
        report = archive.add_documents([Document(id="a", text="One died.", path="/a.txt")])
        taken = time.perf_counter() - started
    assert report.added == 1
    assert 0 < report.seconds <= taken - 0.4


def test_progress_is_told_after_the_commit(archive, tmp_path, jsonl, encoder):
    """When progress hears of a document, another connection finds it already."""
    path = jsonl(tmp_path / "a.jsonl", [{"id": f"d{n}", "text": f"Number {n}."} for n in range(9)])
    seen = []

    class Check(Silent):
        def files(self, total):
            assert total == 1

        def file_done(self, path):
            seen.append(path)

        def committed(self, document_id, outcome):
            with Archive.open(archive.folder, encoder=encoder) as other:
                assert other.document(document_id).id == document_id
            seen.append(str(outcome))

    archive.add([path], progress=Check())
    assert sorted(seen) == [str(path), *["added"] * 9]


def test_progress_is_told_of_the_parts_of_a_long_file(archive, tmp_path, jsonl, recorder):
    """So far as its articles were read, from none to all of it."""
    records = [{"id": f"d{n}", "text": f"Number {n}. " * 100} for n in range(90)]
    archive.add([jsonl(tmp_path / "a.jsonl", records)], progress=recorder)
    assert recorder.parts == sorted(recorder.parts)
    assert 0 < recorder.parts[0] < 0.2
    assert 0.8 < recorder.parts[-1] < 1


def test_cancel_stops_and_the_next_run_goes_on(archive, tmp_path, jsonl, recorder, monkeypatch):
    """A cancelled run keeps what it committed, says so, and the next takes up the rest."""
    monkeypatch.setattr("index.intake.ingest._BATCH_DOCUMENTS", 4)
    path = jsonl(tmp_path / "a.jsonl", [{"id": f"d{n}", "text": f"Number {n}."} for n in range(20)])
    report = archive.add([path], progress=recorder, is_cancelled=lambda: len(recorder.told) >= 8)
    assert report.interrupted
    assert 8 <= report.added == len(recorder.told) == report.documents <= 12
    rest = archive.add([path])
    assert (rest.unchanged, rest.added) == (report.added, 20 - report.added)
    assert not rest.interrupted
    assert archive.verify().is_clean


def test_cancel_among_known_articles(archive, tmp_path, recorder):
    """A run over articles that are all known stops too, without reading them all."""
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"Number {number} came.")
    archive.add([tmp_path])
    report = archive.add(
        [tmp_path], progress=recorder, is_cancelled=lambda: len(recorder.done) >= 3
    )
    assert report.interrupted
    assert len(recorder.done) < 10


def test_error_in_progress_leaves_a_whole_archive(archive, tmp_path, jsonl):
    """An interruption from the keyboard keeps what was committed, and frees the lock."""
    path = jsonl(tmp_path / "a.jsonl", [{"id": f"d{n}", "text": f"Number {n}."} for n in range(9)])

    class Interrupted(Silent):
        def committed(self, document_id, outcome):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.add([path], progress=Interrupted())
    assert archive.verify().is_clean
    assert archive.add([path]).documents == 9


def test_add_wants_a_list(archive):
    """One path, not in a list, is refused: its letters are no paths."""
    with pytest.raises(InvalidInput, match="list"):
        archive.add("/news")


@pytest.mark.in_a_folder
def test_own_files_are_no_articles(archive):
    """The archive's own folder may lie in the folder that is added."""
    (archive.folder / "notes.txt").write_text("Mine.")
    (archive.folder / "uploads").mkdir()
    (archive.folder / "uploads" / "sent.txt").write_text("Sent by the page.")
    report = archive.add([archive.folder.parent])
    assert (report.added, report.failed) == (1, ())


def test_a_user_that_is_not_there_is_a_failure(archive, tmp_path):
    """A path of his is reported, and the others go in."""
    (tmp_path / "a.txt").write_text("The harbour of Zuwara was closed.")
    report = archive.add(["~nobody-of-that-name/news", tmp_path / "a.txt"])
    assert (len(report.failed), report.added) == (1, 1)


@pytest.mark.in_a_folder
def test_a_path_in_the_archives_own_folder_is_a_failure(archive):
    """Named itself, what is passed over in a larger folder is reported."""
    (archive.folder / "a.txt").write_text("The harbour of Zuwara was closed.")
    for path in (archive.folder, archive.folder / "a.txt"):
        (failure,) = archive.add([path]).failed
        assert failure.path == str(path)
        assert "the archive's own folder" in failure.reason
    assert archive.add([archive.folder.parent]).failed == ()


# Searching


def test_empty_archive(archive):
    """An empty archive finds nothing, verifies, and counts zeros."""
    result = archive.search("who claimed the attack?")
    assert result.hits == ()
    assert (result.searched.documents, result.searched.sentences) == (0, 0)
    assert list(archive.documents()) == []
    assert archive.verify().is_clean
    assert archive.status().documents == 0


def test_more_asked_for_than_there_is(archive, put):
    """`top_k` beyond the archive gives all there is, ranked from 1."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "Two fled."})
    hits = archive.search("who died?", top_k=1000).hits
    assert [hit.rank for hit in hits] == [1, 2]
    assert hits[0].score > hits[1].score


@pytest.mark.parametrize("top_k", [0, -1])
def test_no_top_k(archive, top_k):
    """Fewer than one hit cannot be asked for."""
    with pytest.raises(InvalidInput, match=str(top_k)):
        archive.search("who?", top_k=top_k)


def test_one_word_document(archive, put):
    """An article of one word is an article."""
    put(id="a", text="Attack")
    assert ids(archive, "attack") == ["a"]
    assert archive.sentences("a")[0].text == "Attack"


def test_hit_stands_in_its_document(archive, put):
    """A hit's passage, sentences and neighbours are slices of its document's text."""
    text = " ".join(f"Sentence number {number} is about thing{number}." for number in range(40))
    put(id="a", text=text)
    hit = archive.search("thing20", top_k=1).hits[0]
    assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert "thing20" in hit.passage.text
    everything = archive.sentences("a")
    assert len(everything) == 40
    for sentence in (hit.before, *hit.passage.sentences, hit.after):
        assert sentence == everything[sentence.ordinal]
        assert text[sentence.start : sentence.end] == sentence.text
    assert hit.before.ordinal == hit.passage.sentences[0].ordinal - 1
    assert hit.after.ordinal == hit.passage.sentences[-1].ordinal + 1


def test_first_and_last_passage_have_one_neighbour(archive, put):
    """There is nothing before the first passage, and nothing after the last."""
    put(id="a", text=" ".join(f"Sentence number {number} is here." for number in range(40)))
    hits = sorted(archive.search("sentence", top_k=50).hits, key=lambda hit: hit.passage.start)
    assert len(hits) > 2
    assert hits[0].before is None
    assert hits[-1].after is None
    assert all(hit.before and hit.after for hit in hits[1:-1])


# Filters


@pytest.fixture(name="dated")
def _dated(archive, put):
    """Five articles, the newest the most alike to "attack", and one without a date."""
    days = [dt.date(2018, 11, day) for day in (23, 24, 25, 26, 27)]
    sources = ["AP", "Reuters", "reuters", "AFP", "Straße"]
    put(
        *(
            {
                "id": f"d{day.day}",
                "text": f"{'attack ' * number}on town{number}.",
                "published": day,
                "source": source,
            }
            for number, (day, source) in enumerate(zip(days, sources, strict=True), 1)
        ),
        {"id": "undated", "text": "attack attack attack."},
    )
    return archive


def test_dates_are_inclusive(dated):
    """Both ends of a range belong to it."""
    filters = Filters(after=dt.date(2018, 11, 24), before=dt.date(2018, 11, 26))
    assert sorted(ids(dated, "attack", filters=filters)) == ["d24", "d25", "d26"]


def test_undated_are_left_out_and_counted(dated):
    """Under a date filter what has no date is left out, and the result says how many were."""
    result = dated.search("attack", filters=Filters(after=dt.date(2000, 1, 1)))
    assert "undated" not in [hit.document.id for hit in result.hits]
    assert result.searched.undated == 1
    assert result.searched.documents == 5
    assert dated.search("attack").searched.undated == 0


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (("reuters",), ["d24", "d25"]),
        (("REUTERS", "ap"), ["d23", "d24", "d25"]),
        (("STRASSE",), ["d27"]),
        (("nobody",), []),
    ],
)
def test_sources_ignore_case(dated, sources, expected):
    """Several sources may be named, in any case."""
    assert sorted(ids(dated, "attack", filters=Filters(sources=sources))) == expected


@pytest.mark.parametrize("ids_of", [("d24",), ("d23", "d26"), ("nowhere",)])
def test_a_search_may_keep_to_some_documents(dated, ids_of):
    """Only the documents with these ids are searched, and only they are counted."""
    result = dated.search("attack", filters=Filters(documents=ids_of))
    found = sorted(hit.document.id for hit in result.hits)
    assert found == [one for one in ids_of if one != "nowhere"]
    assert result.searched.documents == len(found)


def test_documents_and_dates_together(dated):
    """Those of them without a date are counted, and no others."""
    filters = Filters(documents=("d24",), after=dt.date(2018, 11, 24))
    result = dated.search("attack", filters=filters)
    assert [hit.document.id for hit in result.hits] == ["d24"]
    assert result.searched.undated == 0


def test_dates_and_sources_together(dated):
    """Every filter must admit a document."""
    filters = Filters(sources=("reuters",), after=dt.date(2018, 11, 25))
    assert ids(dated, "attack", filters=filters) == ["d25"]


def test_backward_range_is_refused():
    """A range that no day is in is refused with both dates."""
    with pytest.raises(InvalidInput, match=r"2018-11-26.*2018-11-25"):
        Filters(after=dt.date(2018, 11, 26), before=dt.date(2018, 11, 25))


@pytest.mark.parametrize("query", ["attack town", '"attack on"', "nothing of the kind"])
def test_filters_are_applied_in_the_search(archive, put, query):
    """All `k` of the admitted passages are found, though hundreds of better ones are not."""
    old, new = dt.date(2001, 1, 1), dt.date(2018, 1, 1)
    put(
        *({"id": f"o{n}", "text": f"attack on town {n}", "published": old} for n in range(300)),
        *(
            {"id": f"n{n}", "text": f"A long report of an attack on nobody {n}.", "published": new}
            for n in range(12)
        ),
    )
    found = ids(archive, query, top_k=12, filters=Filters(after=new))
    assert sorted(found) == sorted(f"n{n}" for n in range(12))


def test_filter_picks_the_copy_that_it_admits(archive, put):
    """Of two copies, the hit is the one of the source that was asked for."""
    put(
        {"id": "a", "text": "One died.", "source": "AP"},
        {"id": "b", "text": "One died.", "source": "AFP"},
    )
    (hit,) = archive.search("died", filters=Filters(sources=("afp",))).hits
    assert (hit.document.id, hit.copies) == ("b", ("a",))


# Removing


@pytest.mark.in_a_folder
def test_remove_erases(archive, put):
    """After a removal no file holds the text, its words, its metadata or its vectors."""
    put({"id": "kept", "text": "Nobody died in Tripoli."})
    put(
        id="gone-id-8172",
        text="The xylophonist of Zanzibar died. " * 40,
        title="Quetzalcoatl",
        source="Vexillology Today",
        url="https://example.com/jabberwocky",
        authors=("Ozymandias",),
        published=dt.date(1987, 6, 5),
    )
    vector = archive._store().passages_of(2)[0].vector.tobytes()
    words = (
        b"xylophon zanzibar quetzalcoatl vexillology jabberwocky ozymandias gone-id-8172".split()
    )
    before = bytes_of(archive.folder)
    assert all(word in before.lower() for word in words)
    assert vector[:16] in before
    assert archive.remove(["gone-id-8172"]) == 1
    for data in (bytes_of(archive.folder), (archive.close(), bytes_of(archive.folder))[1]):
        assert [word for word in words if word in data.lower()] == []
        assert vector[:16] not in data
        assert b"1987-06-05" not in data
        assert b"tripoli" in data.lower()


def test_removed_is_not_found(archive, put):
    """What is removed is in no search, no list and no count."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "Two fled."})
    archive.search("died")
    archive.remove(["a", "a"])
    assert ids(archive, "died") == ["b"]
    assert [one.id for one in archive.documents()] == ["b"]
    assert archive.status().documents == 1
    with pytest.raises(NoDocument, match="'a'"):
        archive.document("a")
    assert archive.verify().is_clean


def test_remove_is_all_or_nothing(archive, put):
    """With one unknown id nothing is removed."""
    put({"id": "a", "text": "One died."})
    with pytest.raises(NoDocument, match="'x'"):
        archive.remove(["a", "x"])
    assert archive.document("a").text == "One died."


def test_removing_everything(archive, put):
    """An archive emptied is empty, and takes articles again."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "Two fled."})
    archive.remove(["a", "b"])
    assert archive.search("died").hits == ()
    assert archive.verify().is_clean
    put(id="a", text="One died.")
    assert ids(archive, "died") == ["a"]


@pytest.mark.in_a_folder
def test_remove_says_when_a_reader_holds_the_log(archive, put, monkeypatch):
    """When another program's long look at the archive keeps the text in the log, that is said."""
    monkeypatch.setattr("index.storage.database._BUSY_TIMEOUT_MS", 50)
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "Two fled."})
    other = apsw.Connection(str(archive.folder / FILE_NAME))
    other.execute("BEGIN")
    other.execute("SELECT * FROM documents").fetchall()
    with pytest.raises(ArchiveBusy, match="verify --repair"):
        archive.remove(["a"])
    other.execute("ROLLBACK")
    other.close()
    assert [one.id for one in archive.documents()] == ["b"]
    assert archive.verify(repair=True).is_clean


# Encoders


@pytest.mark.parametrize(
    "other", [{"name": "other"}, {"salt": "x"}, {"dimension": 16}], ids=["name", "weights", "size"]
)
def test_other_encoder_is_refused(archive, put, make_encoder, other):
    """An archive opened with another encoder is refused, with the command that re-encodes it."""
    put(id="a", text="One died.")
    with pytest.raises(EncoderMismatch, match="onrecord reencode --archive"):
        Archive.open(archive.folder, encoder=make_encoder(**other))


@pytest.mark.in_a_folder
def test_other_pooling_is_refused(archive, put):
    """The pooling is part of what an encoder is."""
    put(id="a", text="One died.")
    connection = apsw.Connection(str(archive.folder / FILE_NAME))
    connection.execute("UPDATE encoder SET pooling = 'cls'")
    connection.close()
    with pytest.raises(EncoderMismatch):
        archive.search("died")


def test_any_encoder_fits_an_empty_archive(archive, make_encoder):
    """Before the first article no encoder is wrong."""
    with Archive.open(archive.folder, encoder=make_encoder(name="other")) as other:
        assert other.status().encoder is None


def test_reencode(archive, put, make_encoder):
    """After re-encoding, the new encoder's vectors answer, the old one is refused."""
    text = " ".join(f"Sentence number {number} is about thing{number}." for number in range(40))
    put({"id": "a", "text": text}, {"id": "b", "text": "One died."})
    other = make_encoder(name="other", dimension=16, limit=100)
    assert archive.reencode(other) == 2
    question = "what is thing20 about?"
    with Archive.open(archive.folder, encoder=other) as opened:
        for one in (archive, opened):
            hit = one.search(question, top_k=1).hits[0]
            expected = other.vector(f" {hit.passage.text}") @ other.vector(question)
            assert hit.cosine == pytest.approx(float(expected), abs=1e-6)
        assert opened.verify().is_clean
        assert opened.status().dimension == 16
        assert len(opened.sentences("a")) == 40
    with pytest.raises(EncoderMismatch):
        Archive.open(archive.folder, encoder=make_encoder())


@pytest.mark.in_a_folder
def test_vectors_of_two_encoders_never_meet(archive, put, make_encoder):
    """One that encodes anew just before a search begins to read is noticed by that search."""
    put(id="a", text="Gunmen attacked Tazerbo.")
    archive.search("Tazerbo")
    other = make_encoder(name="other", salt="other")

    def reencoding(connection, sql, bindings):
        if sql == "BEGIN":
            connection.exec_trace = None
            with Archive.open(archive.folder) as beside:
                beside.reencode(other)
        return True

    archive._store().database._connection.exec_trace = reencoding
    with pytest.raises(EncoderMismatch, match="other"):
        archive.search("Tazerbo")


@pytest.mark.parametrize(
    "use",
    [
        lambda archive: archive.search("Tazerbo"),
        lambda archive: archive.status(),
        lambda archive: archive.document("a"),
        lambda archive: archive.add([]),
        lambda archive: archive.remove([]),
        lambda archive: archive.verify(),
        lambda archive: archive.verify(repair=True),
        lambda archive: archive.marks(),
    ],
    ids="search status document add remove verify repair marks".split(),
)
def test_a_closed_archive_stays_closed(archive, put, use):
    """Whatever is asked of a closed archive is refused, with what to do."""
    put(id="a", text="Gunmen attacked Tazerbo.")
    archive.close()
    with pytest.raises(ArchiveClosed, match="closed; open it again"):
        use(archive)


def test_stopped_reencode_leaves_the_old_vectors(archive, put, make_encoder):
    """A re-encoding that fails half-way changes nothing."""
    put({"id": "a", "text": "One died."}, {"id": "b", "text": "Two fled."})
    before = archive.search("died").hits

    class Failing(make_encoder):
        calls = 0

        def encode_passages(self, passages):
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return super().encode_passages(passages)

    with pytest.raises(KeyboardInterrupt):
        archive.reencode(Failing(name="failing"))
    assert archive.search("died").hits == before
    assert archive.verify().is_clean


# Against a dictionary

_TEXTS = [f"{one} and {two} came." for one in "abcd" for two in ("died", "fled", "won")]
_IDS = ["i", "j", "k", "l", "m"]


class AgainstDict(RuleBasedStateMachine):
    """Whatever is added and removed, the archive holds what a dictionary would."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.kept = {}

    @initialize()
    def open(self):
        encoder = self.encoder_class()
        self.archive = Archive.open(self.folder / "archive", encoder=encoder)

    @rule(records=st.lists(st.tuples(st.sampled_from(_IDS), st.sampled_from(_TEXTS)), max_size=4))
    def add(self, records):
        self.archive.add_documents([Document(id=i, text=text, path="/a") for i, text in records])
        self.kept.update(records)

    @rule(document_id=st.sampled_from(_IDS))
    def remove(self, document_id):
        if document_id in self.kept:
            self.archive.remove([document_id])
            del self.kept[document_id]
        else:
            with pytest.raises(NoDocument):
                self.archive.remove([document_id])

    @rule()
    def reopen(self):
        self.archive.close()
        self.open()

    @rule()
    def lose_snapshots(self):
        for path in (self.folder / "archive").glob("passages-*"):
            path.unlink()

    @rule()
    def repair(self):
        assert self.archive.verify(repair=True).is_clean

    @invariant()
    def same(self):
        assert {one.id: one.text for one in self.archive.documents()} == self.kept
        for text in dict.fromkeys(self.kept.values()):
            hit = self.archive.search(text, top_k=1).hits[0]
            assert hit.document.text == text
            holders = {i for i, kept in self.kept.items() if kept == text}
            assert {hit.document.id, *hit.copies} == holders
        everything = self.archive.search("came", top_k=99).hits
        assert {hit.document.text for hit in everything} == set(self.kept.values())
        status = self.archive.status()
        assert status.documents == len(self.kept)
        assert status.texts == len(set(self.kept.values()))

    def teardown(self):
        if hasattr(self, "archive"):
            assert all(
                finding.what.startswith("snapshot") for finding in self.archive.verify().findings
            )
            self.archive.close()
        shutil.rmtree(self.folder)


def test_archive_is_a_dictionary(make_encoder):
    """Five hundred random steps leave the archive as they leave a dictionary."""
    from hypothesis.stateful import run_state_machine_as_test

    AgainstDict.encoder_class = make_encoder
    run_state_machine_as_test(
        AgainstDict,
        settings=settings(max_examples=25, stateful_step_count=20, phases=[Phase.generate]),
    )


def test_report_as_json(put):
    """The report's JSON has just the keys that the command prints."""
    report = put(id="a", text="One died.").as_json()
    assert list(json.loads(json.dumps(report))) == [
        *("added", "updated", "unchanged", "duplicates", "failed"),
        *("documents", "sentences", "seconds", "vanished", "pruned", "renamed"),
    ]
    assert np.isfinite(report["seconds"])
