"""The operations as MCP tools, called by the protocol's own client."""

import asyncio
import json
import sys
from types import SimpleNamespace

import httpx
import pytest

from index import Archive
from qa import Assistant
from qa.web import Site, application, tools
from qa.web.gate.routes import MCP
from tests.serving import serving

CLAIMED = "who claimed the Tazerbo attack?"

pytest.importorskip("mcp", reason='needs the extra: pip install "onrecord[mcp]"')


@pytest.fixture(name="address", scope="module")
def _address(tmp_path_factory, real_encoder, real_reader, seeds):
    with Archive.open(tmp_path_factory.mktemp("mcp") / "archive", encoder=real_encoder) as archive:
        archive.add([seeds])
        site = Site(assistants={"": Assistant(archive, real_reader)}, has_mcp=True)
        with serving(site) as address:
            yield address


@pytest.fixture(name="speak")
def _speak(address):
    """A function that opens a session, and gives what `act` makes of it."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def spoken(act):
        async with (
            streamable_http_client(f"{address.rstrip('/')}{MCP}/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await act(session)

    return lambda act: asyncio.run(asyncio.wait_for(spoken(act), timeout=60))


def test_the_tools_are_the_four_operations(speak):
    """Each has a description, and a schema with its parameters."""
    told = speak(lambda session: session.list_tools()).tools
    assert {one.name for one in told} == {"ask", "search", "status", "add"}
    for one in told:
        assert one.description
    (ask,) = (one for one in told if one.name == "ask")
    assert "quoted character for character" in ask.description
    assert set(ask.inputSchema["properties"]) >= {"question", "after", "before", "top_k"}


def test_a_question_is_answered_in_json(speak):
    """The text that a tool gives is the record that the command line prints."""
    called = speak(lambda session: session.call_tool("ask", {"question": CLAIMED}))
    assert not called.isError
    record = json.loads(called.content[0].text)
    assert record["answer"]["text"] == "ISIS"
    assert record["citations"][0]["quote"] == record["answer"]["sentence"]


def test_a_wrong_call_is_told_what_is_wrong(speak):
    """An error is an answer of the tool, with the reason."""
    called = speak(
        lambda session: session.call_tool("ask", {"question": CLAIMED, "after": "yesterday"})
    )
    assert called.isError
    assert "a date is like 2019-11-27" in called.content[0].text


def test_the_status_is_told(speak):
    """A tool without parameters works too."""
    called = speak(lambda session: session.call_tool("status", {}))
    assert json.loads(called.content[0].text)["documents"] == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 400),
        ({"host": "127.0.0.1.evil.example:80"}, 400),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_a_page_elsewhere_cannot_call_tools(address, headers, status):
    """Gradio checks neither host nor origin here: the guard does."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = httpx.post(f"{address.rstrip('/')}{MCP}/", json=call, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["sse", "messages/", "schema", "x"])
def test_nothing_else_of_gradio_s_server_is_there(address, path):
    """Neither the older transport nor the list of schemas."""
    assert httpx.get(f"{address.rstrip('/')}{MCP}/{path}").status_code == 404


def test_without_the_package_the_way_to_it_is_told(monkeypatch):
    """Whoever asks for tools without the extra is told what to install."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setattr(tools.importlib.util, "find_spec", lambda name: None)
    site = Site(assistants={"": SimpleNamespace()}, has_mcp=True)
    with pytest.raises(tools.NoMcp, match=r"onrecord\[mcp\]"):
        application(site)
