"""The four operations, asked for by gradio's own client of a real server."""

import contextlib
import socket
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from index import UPLOADS, Archive, Document, InvalidInput
from qa import Assistant
from qa.web import Site
from qa.web.api import Operations
from tests.serving import serving

CLAIMED = "who claimed the Tazerbo attack?"
CITY = Document(
    id="city",
    text="The mayor of Zuwara resigned on Monday. A storm had closed the harbour for a week.",
    source="Coast News",
    path="/news/city.txt",
)


@pytest.fixture(name="named", scope="module")
def _named(tmp_path_factory):
    """The folder that may be added from, and a file in it."""
    folder = tmp_path_factory.mktemp("named")
    (folder / "flood.txt").write_text("The river Wadi flooded on Friday.", encoding="utf-8")
    return folder


@pytest.fixture(name="archives", scope="module")
def _archives(tmp_path_factory, real_encoder, seeds):
    """An archive with the article that comes with the program, and one of a town."""
    with contextlib.ExitStack() as opened:
        libya, town = (
            opened.enter_context(
                Archive.open(tmp_path_factory.mktemp(name) / name, encoder=real_encoder)
            )
            for name in ("libya", "town")
        )
        libya.add([seeds])
        town.add_documents([CITY])
        yield {"libya": libya, "town": town}


@pytest.fixture(name="site", scope="module")
def _site(archives, real_reader, named):
    """Both archives, open to everybody."""
    assistants = {name: Assistant(archive, real_reader) for name, archive in archives.items()}
    return Site(assistants=assistants, folders=(named,))


@pytest.fixture(name="address", scope="module")
def _address(site):
    with serving(site) as address:
        yield address


def connect(address, **options):
    """Gradio's client, as the documentation makes it: it looks up nobody's name."""
    looked_up = []
    look_up = socket.getaddrinfo

    def noted(host, *args, **kwargs):
        looked_up.append(host)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        patch.setattr(socket, "getaddrinfo", noted)
        client = Client(address, verbose=False, analytics_enabled=False, **options)
    assert set(looked_up) == {"127.0.0.1"}
    return client


@pytest.fixture(name="client", scope="module")
def _client(address, tmp_path_factory):
    """A client, as a program would use it."""
    return connect(address, download_files=tmp_path_factory.mktemp("downloads"))


def test_the_four_operations_are_all_that_is_offered(client):
    """The page's own events are not told of."""
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        *("/ask", "/search", "/status", "/add")
    }


@pytest.mark.parametrize("data", [[], [CLAIMED]])
def test_a_request_with_too_few_parameters_says_so(address, data, capfd):
    """What is missing is said, and what was given is not in the log."""
    told = httpx.post(f"{address}gradio_api/run/ask", json={"data": data}, timeout=60)
    assert told.status_code == 500
    error = told.json()["error"]
    assert error.startswith(f"ask takes 6 parameters, got {len(data)}; give all")
    assert CLAIMED not in "".join(capfd.readouterr())


def test_a_null_stands_for_the_default(address):
    """So a program need not know how many citations are the default."""
    data = [CLAIMED, None, None, None, None, None]
    told = httpx.post(f"{address}gradio_api/run/ask", json={"data": data}, timeout=60)
    assert told.json()["data"][0]["answered"]


def test_an_operation_says_what_it_takes(client):
    """Every parameter has its name and, but for the first, its default."""
    parameters = client.view_api(return_format="dict")["named_endpoints"]["/ask"]["parameters"]
    names = [one["parameter_name"] for one in parameters]
    assert names == ["question", "after", "before", "source", "top_k", "archive"]
    assert [one["parameter_has_default"] for one in parameters] == [False, *[True] * 5]


def test_a_question_is_answered_as_on_the_command_line(client, archives):
    """The record has the answer, and a quote that stands in the article."""
    record = client.predict(CLAIMED, api_name="/ask")
    assert record["answered"] is True
    assert record["answer"]["text"] == "ISIS"
    cited = record["citations"][0]
    text = archives["libya"].document(cited["document"]["id"]).text
    assert text[cited["start"] : cited["end"]] == cited["quote"]


def test_no_path_of_the_server_is_told(client, archives, tmp_path):
    """Files are told by their names, in answers, in reports and in what is there."""
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    record = client.predict(CLAIMED, api_name="/ask")
    report = client.predict(files=[handle_file(str(bad))], archive="town", api_name="/add")
    status = client.predict(api_name="/status")
    (cited,) = archives["libya"].documents()
    assert record["citations"][0]["document"]["file"] == Path(cited.path).name
    assert report["failed"][0]["file"] == "bad.pdf"
    assert status["file"] == "libya"
    for told in (record["citations"][0]["document"], report["failed"][0], status):
        assert told["path"] is None
    assert str(archives["libya"].folder) not in str((record, report, status))


def test_what_is_not_there_is_said_so(client):
    """A refusal is an answer with a reason, no error."""
    record = client.predict("Who won the 2018 World Cup?", api_name="/ask")
    assert record["answered"] is False
    assert record["reason"] == "not-in-archive"
    assert record["answer"] is None


def test_an_archive_is_chosen_by_its_name(client):
    """Each of several is asked by its own name."""
    record = client.predict("Who resigned on Monday?", archive="town", api_name="/ask")
    assert record["citations"][0]["document"]["id"] == "city"
    assert client.predict(archive="town", api_name="/status")["documents"] == 1


def test_filters_are_kept(client):
    """An outlet and a date leave out what they should."""
    asked = {"archive": "town", "api_name": "/search"}
    assert client.predict("harbour", source=["coast news"], **asked)["hits"]
    assert not client.predict("harbour", source=["Reuters"], **asked)["hits"]
    assert not client.predict("harbour", after="2019-11-01", **asked)["hits"]


def test_a_search_lists_passages(client):
    """Passages come with their place in the article, the best first."""
    hits = client.predict("Tazerbo police", top_k=3, api_name="/search")["hits"]
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    assert hits[0]["passage"]["end"] > hits[0]["passage"]["start"]


@pytest.mark.parametrize(
    ("operation", "given", "said"),
    [
        ("/ask", {"question": ""}, "question"),
        ("/ask", {"question": "x" * 20_000}, "characters"),
        ("/ask", {"question": CLAIMED, "after": "yesterday"}, "a date is like 2019-11-27"),
        ("/ask", {"question": CLAIMED, "top_k": 0}, "top_k is a number from 1 to 100"),
        ("/ask", {"question": CLAIMED, "top_k": "many"}, "top_k"),
        ("/ask", {"question": CLAIMED, "archive": "rome"}, "no archive 'rome'"),
        ("/search", {"query": "x" * 20_000}, "characters"),
        ("/add", {}, "nothing to add"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(client, operation, given, said):
    """The error names what was given and what may be."""
    with pytest.raises(AppError, match=said):
        client.predict(api_name=operation, **given)


def test_a_file_is_uploaded_and_added(client, archives, tmp_path):
    """It is kept with the archive, and nothing of it is left in the uploads' folder."""
    file = tmp_path / "harbour.txt"
    file.write_text("The harbour of Derna opened again in March.", encoding="utf-8")
    report = client.predict(files=[handle_file(str(file))], archive="town", api_name="/add")
    assert report["added"] == 1
    assert report["failed"] == []
    kept = archives["town"].folder / UPLOADS
    assert [one.name for one in kept.rglob("*.txt")] == ["harbour.txt"]
    record = client.predict("When did the harbour of Derna open?", archive="town", api_name="/ask")
    assert record["answer"]["text"] == "March"


def test_a_file_is_added_from_a_folder_that_was_named(client, named):
    """By its path on the server, within what the owner named."""
    given = {"paths": [str(named / "flood.txt")], "archive": "town", "api_name": "/add"}
    assert client.predict(**given)["added"] == 1
    assert client.predict(**given)["unchanged"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/etc",
        "{named}/../../etc/passwd",
        "{named}/link/passwd",
        "flood.txt",
        "{named}\0/etc",
        "http://127.0.0.1:1/x.txt",
        "",
    ],
)
def test_a_path_outside_is_refused(client, named, path, archives):
    """Nothing but what lies in the named folders, links and dots followed; not even looked at."""
    link = named / "link"
    if not link.exists():
        link.symlink_to("/etc")
    before = archives["town"].status().documents
    with pytest.raises(AppError, match="in no folder that this server adds from"):
        client.predict(paths=[path.format(named=named)], archive="town", api_name="/add")
    assert archives["town"].status().documents == before


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "http://127.0.0.1:1/x.txt", "file:///etc/passwd", "../x", "", None, 7, "\0"],
)
def test_a_file_that_was_not_uploaded_is_refused(address, path):
    """Gradio would fetch or copy it: neither a path nor an address gets that far."""
    file = {"path": path, "url": path, "meta": {"_type": "gradio.FileData"}}
    answer = httpx.post(f"{address}gradio_api/run/add", json={"data": [[file], None, "town"]})
    assert answer.status_code == 400
    assert "uploaded" in answer.text


@pytest.mark.parametrize("sign", [{}, {"meta": None}, {"meta": {"_type": "other"}}, {"meta": []}])
def test_a_file_that_is_not_marked_as_one_is_not_taken(address, archives, tmp_path, sign):
    """A bare path leads to no file of the server: it is neither read nor deleted."""
    secret = tmp_path / "secret.txt"
    secret.write_text("In confidence: the minister of Sabha resigned.", encoding="utf-8")
    before = archives["town"].status().documents
    files = [{"path": str(secret), **sign}]
    answer = httpx.post(f"{address}gradio_api/run/add", json={"data": [files, None, "town"]})
    assert answer.status_code == 400
    assert "uploaded" in answer.text
    assert secret.exists()
    assert archives["town"].status().documents == before


def test_the_operation_itself_takes_no_file_that_was_not_uploaded(site, tmp_path):
    """However it is reached."""
    secret = tmp_path / "secret.txt"
    secret.write_text("In confidence: the minister of Sabha resigned.", encoding="utf-8")
    with pytest.raises(InvalidInput, match="uploaded"):
        Operations(site).add(files=[{"path": str(secret)}])
    assert secret.exists()


def test_a_read_only_server_has_nothing_that_writes(archives, real_reader, named):
    """Neither adding nor uploading is there, by any name."""
    site = Site(
        assistants={"": Assistant(archives["libya"], real_reader)},
        is_read_only=True,
        folders=(named,),
    )
    with serving(site) as address:
        client = connect(address)
        offered = client.view_api(return_format="dict")["named_endpoints"]
        assert set(offered) == {"/ask", "/search", "/status"}
        assert client.predict(CLAIMED, api_name="/ask")["answer"]["text"] == "ISIS"
        config = httpx.get(f"{address}config").json()
        names = {one["api_name"] for one in config["dependencies"]}
        assert "add" not in names
        events = {event for one in config["dependencies"] for _, event in one["targets"]}
        assert "submit" in events
        assert "upload" not in events
        for path in ("run/add", "api/add", "upload"):
            answer = httpx.post(f"{address}gradio_api/{path}", json={"data": []})
            assert answer.status_code == 404
    assert not (archives["libya"].folder / UPLOADS).exists()


def test_an_upload_leaves_nothing_when_the_form_is_none_of_files(address):
    """A plain field is refused and kept nowhere."""
    from qa.web.environment import prepare

    before = sorted(Path(prepare()).rglob("*"))
    answer = httpx.post(f"{address}gradio_api/upload", files={"note": (None, b"x" * 1000)})
    assert answer.status_code == 400
    assert sorted(Path(prepare()).rglob("*")) == before
