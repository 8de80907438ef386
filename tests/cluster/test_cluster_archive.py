"""An archive on servers: as one in a folder, and honest where a server is not there."""

import json
import random
import subprocess
import sys
import threading

import pytest

from index import Archive, ArchiveError, Document, Filters, status_of
from index.cluster.settings import ClusterSettings
from index.errors import ArchiveLocked, NoArchive, UnsupportedArchive
from tests.cluster import servers
from tests.cluster.conftest import named
from tests.conftest import ROOT, WordEncoder

pymilvus = pytest.importorskip("pymilvus", reason="needs servers: make test-cluster")
milvus_face = pytest.importorskip("index.cluster.milvus")
postgres_face = pytest.importorskip("index.cluster.postgres")

WORDS = "army desert militants attack town court sentence pursuit police city harbour vote".split()


def articles(first, count):
    """Articles of words that no two share in the same numbers."""
    for number in range(first, first + count):
        drawn = random.Random(number)
        picked = " ".join(drawn.choices(WORDS, k=12))
        yield Document(
            id=f"d{number}",
            text=f"The {picked} word{number}. Then {drawn.choice(WORDS)} came.",
            path=f"/{number}.txt",
            source="AP" if number % 3 else "AFP",
        )


def hits(archive, query, **options):
    return [
        (hit.document.id, hit.passage.text, round(hit.score, 5))
        for hit in archive.search(query, **options).hits
    ]


QUERIES = [
    f"{one} {other} word{n}" for n, (one, other) in enumerate(zip(WORDS, WORDS[3:], strict=False))
]


@pytest.mark.parametrize("sources", [(), ("afp",)], ids=["all", "filtered"])
def test_hits_are_those_of_a_folder(on_servers, tmp_path, encoder, sources):
    """The same articles, the same hits with the same scores."""
    on_servers.add_documents(articles(0, 300))
    filters = Filters(sources=sources)
    with Archive.open(tmp_path / "in-a-folder", encoder=encoder) as archive:
        archive.add_documents(articles(0, 300))
        for query in QUERIES:
            assert hits(on_servers, query, filters=filters) == hits(archive, query, filters=filters)
    assert not on_servers.search("army", filters=filters).searched.is_partial


def test_filter_that_admits_many(on_servers, monkeypatch):
    """Above what can be named to Milvus, more is asked for until enough are admitted."""
    on_servers.add_documents(articles(0, 300))
    few = Filters(sources=("afp",))
    named_ids = [hits(on_servers, query, filters=few) for query in QUERIES]
    monkeypatch.setattr("index.cluster.milvus._MOST_LISTED", 10)
    assert [hits(on_servers, query, filters=few) for query in QUERIES] == named_ids


def test_export_goes_either_way(on_servers, tmp_path, encoder):
    """What one kind of archive exports another takes: the same ids, the same hits."""
    on_servers.add_documents(articles(0, 40))
    with Archive.open(tmp_path / "in-a-folder", encoder=encoder) as archive:
        archive.add_documents(on_servers.documents())
        assert list(archive.documents()) == list(on_servers.documents())
        assert hits(archive, "army word7") == hits(on_servers, "army word7")


def test_any_character_is_kept(on_servers):
    """PostgreSQL's text may not hold NUL; an article's may."""
    text = "One\x00 died. \x1a0 and \x1a1 \x1a\x00 fled. 😀 \u202e"
    on_servers.add_documents([Document(id="a", text=text, path="/a", title="T\x00")])
    assert on_servers.document("a").text == text
    assert on_servers.verify().is_clean


def test_no_archive_is_made_by_asking(tmp_path, postgres, milvus):
    """Before the first article there is none, and zeros."""
    folder = named(tmp_path / "a", postgres, milvus)
    assert not status_of(folder).exists
    with pytest.raises(NoArchive):
        Archive.open(folder, create=False)


def test_second_writer_is_refused(on_servers, folder, encoder):
    """Whatever would write is refused at once while another does, and reading goes on."""
    on_servers.add_documents(articles(0, 3))
    with Archive.open(folder, encoder=encoder) as other, other._backend.writing():
        with pytest.raises(ArchiveLocked, match="another process"):
            on_servers.remove(["d1"])
        assert hits(on_servers, "word1")
    assert on_servers.remove(["d1"]) == 1


def test_what_milvus_lacks_is_found_and_mended(on_servers):
    """A search says that it is partial, `verify` how much is missing; a repair brings it back."""
    on_servers.add_documents(articles(0, 50))
    expected = hits(on_servers, "army word7")
    collection = on_servers._backend._collection
    collection.take_out(on_servers.encoder.identity, list(range(1, 60)))
    assert on_servers.search("army word7").searched.is_partial
    (finding,) = on_servers.verify().findings
    assert "lacks 50 of 50" in finding.what
    assert "--repair" in finding.remedy
    assert on_servers.verify(repair=True).is_clean
    assert hits(on_servers, "army word7") == expected
    assert not on_servers.search("army word7").searched.is_partial


def test_part_of_milvus_that_is_gone_is_noticed(on_servers):
    """Enough hits are no sign that all of it answered: some passages must find themselves."""
    on_servers.add_documents(articles(0, 300))
    encoder = on_servers.encoder.identity
    on_servers._backend._collection.take_out(encoder, list(range(1, 101)))
    result = on_servers.search("army word200", top_k=3)
    assert len(result.hits) == 3
    assert result.searched.is_partial


def test_passages_too_many_are_found(on_servers):
    """What Milvus has and PostgreSQL has not is never a hit, and `verify` counts it."""
    on_servers.add_documents(articles(0, 5))
    with on_servers._backend.writing() as store, store.database.writing():
        store.remove("d1")
        store.drop_orphans()
        store.database.execute("DELETE FROM gone")
    assert "d1" not in [document for document, *_ in hits(on_servers, "word1")]
    (finding,) = on_servers.verify().findings
    assert "1 passages too many" in finding.what


def test_crash_before_milvus_follows(on_servers, monkeypatch):
    """What was committed alone is marked as missing, and follows with the next write."""
    on_servers.add_documents(articles(0, 5))

    def crash(*_):
        raise ArchiveError("Milvus is gone")

    with monkeypatch.context() as patch:
        patch.setattr(milvus_face.Collection, "put", crash)
        with pytest.raises(ArchiveError):
            on_servers.add_documents(articles(5, 5))
    assert on_servers.search("word7").searched.is_partial
    on_servers.add_documents(articles(10, 1))
    assert hits(on_servers, "word10")[0][0] == "d10"
    assert on_servers.verify().is_clean
    assert not on_servers.search("word10").searched.is_partial


@pytest.fixture(name="own_servers")
def _own_servers():
    """Servers that a test may kill."""
    postgres, milvus = servers.Postgres(), servers.Milvus()
    yield postgres, milvus
    milvus.close()
    postgres.close()


ADD = """
import runpy, sys
from index import Archive, Document, Silent
articles = runpy.run_path("tests/cluster/test_cluster_archive.py")["articles"]
import index.intake.ingest
from tests.conftest import WordEncoder
index.intake.ingest._BATCH_DOCUMENTS = 3

class Told(Silent):
    def committed(self, document_id, outcome):
        print(document_id, flush=True)

with Archive.open(sys.argv[1], encoder=WordEncoder()) as archive:
    archive.add_documents(articles(0, 3_000), progress=Told())
"""


def test_servers_that_are_killed_lose_nothing(own_servers, tmp_path):
    """Both die in the middle of an add: what was acknowledged is there when they are back."""
    postgres, milvus = own_servers
    folder = named(tmp_path / "a", postgres, milvus)
    with subprocess.Popen(
        [sys.executable, "-c", ADD, str(folder)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as adding:
        told = [adding.stdout.readline().strip() for _ in range(30)]
        postgres.kill()
        milvus.kill()
        rest, errors = adding.communicate(timeout=120)
    told += rest.split()
    assert adding.returncode
    assert "does not" in errors.splitlines()[-1]
    postgres.start()
    milvus.start()
    with Archive.open(folder, encoder=WordEncoder()) as archive:
        kept = [one.id for one in archive.documents()]
        assert set(told) <= set(kept)
        assert len(kept) == len(set(kept))
        archive.add_documents(articles(3_000, 1))
        assert archive.verify().is_clean
        last = told[-1].removeprefix("d")
        assert hits(archive, f"word{last}")[0][0] == told[-1]


def test_servers_that_come_back_are_asked_again(own_servers, tmp_path, encoder):
    """An open archive says which server is gone, and answers once it is there again."""
    postgres, milvus = own_servers
    folder = named(tmp_path / "a", postgres, milvus, timeout_seconds=3)
    with Archive.open(folder, encoder=encoder) as archive:
        archive.add_documents(articles(0, 20))
        expected = hits(archive, "word7")
        milvus.kill()
        with pytest.raises(ArchiveError, match=r"Milvus at .* check that it is running"):
            archive.search("word7")
        assert archive.document("d7").text
        milvus.start()
        assert hits(archive, "word7") == expected
        postgres.kill()
        with pytest.raises(ArchiveError, match=r"PostgreSQL at .* does not answer"):
            archive.search("word7")
        postgres.start()
        assert hits(archive, "word7") == expected


def test_old_server_is_refused_by_its_version(tmp_path, postgres, milvus, encoder, monkeypatch):
    """One that cannot search for words is not used without words unless that was asked for."""
    monkeypatch.setattr(pymilvus.MilvusClient, "get_server_version", lambda _: "v2.3.5")
    with pytest.raises(UnsupportedArchive, match=r"v2\.3\.5.*dense_only"):
        Archive.open(named(tmp_path / "a", postgres, milvus), encoder=encoder)
    dense = named(tmp_path / "b", postgres, milvus, dense_only=True)
    with Archive.open(dense, encoder=encoder) as archive:
        archive.add_documents(articles(0, 20))
        assert hits(archive, "word7")[0][0] == "d7"
        with pytest.raises(UnsupportedArchive, match="quotation marks"):
            archive.search('"army came"')


def test_command_line_takes_such_an_archive(on_servers, folder):
    """The folder of a `cluster.toml` is an archive's like any other."""
    on_servers.add_documents(articles(0, 5))
    command = [sys.executable, "-c", "from qa.cli import main; main()", "status", "--json"]
    ran = subprocess.run(
        [*command, "--archive", str(folder)], cwd=ROOT, capture_output=True, check=True
    )
    found = json.loads(ran.stdout)
    assert found["documents"] == 5
    assert found["tier"].startswith("Milvus")


def test_passwords_are_not_shown(folder):
    """An error has the address of the server, without the password in it."""
    settings = ClusterSettings(
        postgres="postgresql://ann:secret@127.0.0.1:1/onrecord", milvus="http://h", name="a"
    )
    with pytest.raises(ArchiveError) as caught:
        postgres_face.Postgres(settings)
    assert "ann@127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_threads_go_on_when_one_connects_anew(on_servers):
    """A thread that finds Milvus gone replaces the client of all; none of the others is hurt."""
    on_servers.add_documents(articles(0, 40))
    collection = on_servers._backend._collection
    encoder = on_servers._store().encoder()
    errors, is_over = [], threading.Event()

    def ask():
        while not is_over.is_set():
            try:
                assert collection.count(encoder) == on_servers.status().passages
            except Exception as error:  # noqa: BLE001 - whatever it is
                errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        collection._replace(collection._client)
    is_over.set()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_passage_without_its_places_is_not_written_to_milvus(on_servers):
    """One that is damaged in PostgreSQL is told by `verify`, and does not hinder a repair."""
    on_servers.add_documents(articles(0, 3))
    with on_servers._backend.writing() as store:
        with store.database.writing():
            store.database.execute("UPDATE passages SET spans = ? WHERE passage = 1", (b"",))
        on_servers._backend.start_anew(store)
    found = [finding.what for finding in on_servers.verify().findings]
    assert any("passage 1 " in what for what in found)
    assert any("Milvus lacks 1 of 3 passages" in what for what in found)
