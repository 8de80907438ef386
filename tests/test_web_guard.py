"""What the page's server refuses, and the headers on what it answers."""

import asyncio
import re
import socket
import stat
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from qa.web import CannotServe, Site, build, listen
from qa.web.gate import routes
from qa.web.gate.guard import Guard
from qa.web.gate.routes import MAX_BODY, MAX_UPLOAD
from tests.serving import made

USED = [
    "/",
    "/config",
    "/gradio_api/app_id",
    "/onrecord/colours.css",
    "/onrecord/page.css",
    "/onrecord/archive.css",
    "/onrecord/chat.css",
    "/onrecord/article.css",
    "/onrecord/login.css",
    "/onrecord/page.js",
    "/onrecord/stream.js",
    "/onrecord/login.js",
    "/onrecord/icon.svg",
]
UNUSED = [
    "/gradio_api/file=http://evil.example/",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file/etc/passwd",
    "/gradio_api/proxy=http://evil.example/",
    "/file=http://evil.example/",
    "/proxy=http://evil.example/",
    "/gradio_api/run/predict",
    "/gradio_api/api/predict",
    "/gradio_api/call/answer",
    "/gradio_api/call/v2/answer",
    "/gradio_api/component_server",
    "/gradio_api/openapi.json",
    "/gradio_api/process_recording",
    "/gradio_api/vibe-edit",
    "/gradio_api/deep_link",
    "/gradio_api/mcp/",
    "/gradio_api/mcp/sse",
    "/gradio_api/stream/1",
    "/gradio_api/custom_component/1/client/component/index.js",
    "/gradio_api/dev/reload",
    "/gradio_api/runs",
    "/gradio_api/login",
    "/gradio_api/token",
    "/login",
    "/logout",
    "/monitoring",
    "/svelte/svelte.js",
    "/docs",
    "/openapi.json",
    "/onrecord/page.py",
    "/onrecord/../server.py",
    "/assets/../../../routes.py",
    "/static/%2e%2e/%2e%2e/index.html",
]


class Unasked:
    """Stands where the assistant does: no question gets this far."""

    languages = "English"
    archive = SimpleNamespace(folder=Path("nowhere"))


def site(**fields) -> Site:
    fields = {"allowed_hosts": ("archive.newsroom.example",)} | fields
    return Site(assistants={"": Unasked()}, **fields)


@pytest.fixture(name="app", scope="module")
def _app():
    """The real application, with its guard."""
    return made(site())[0]


@pytest.fixture(name="ask")
def _ask(app):
    """A function that sends one request to the application: `ask("GET", "/", headers=…)`."""
    from starlette.testclient import TestClient

    client = TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False)

    def ask(method: str, path: str, **request):
        return client.request(method, path, **request)

    return ask


@pytest.mark.parametrize("path", USED)
def test_what_the_page_uses_is_served(ask, path):
    """The first page, its configuration and its files are there."""
    assert ask("GET", path).status_code == 200


@pytest.mark.parametrize("path", UNUSED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_page_does_not_use_is_not_there(ask, method, path):
    """Routes of gradio that the page has no need of answer 404."""
    assert ask(method, path).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(ask, method):
    """The page reads and posts; a preflight from elsewhere is not answered."""
    assert ask(method, "/").status_code == 405


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::2]", "0.0.0.0"]
)
@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/queue/join", "/gradio_api/mcp/"])
def test_a_foreign_host_is_refused(ask, host, path):
    """A name that is not ours, as DNS rebinding sends it, gets nothing."""
    assert ask("GET", path, headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "host", ["localhost:7860", "LOCALHOST", "[::1]:7860", "archive.newsroom.example"]
)
def test_a_host_of_ours_is_served(ask, host):
    """This machine's names and those that the user named are served."""
    assert ask("GET", "/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1:3000",
        "http://localhost:7860",
        "file://",
        "http://[",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/upload", "/config"])
def test_a_foreign_origin_is_refused(ask, origin, path):
    """Another page's request is refused before its body is read."""
    assert ask("POST", path, headers={"origin": origin}).status_code == 403


def test_our_own_origin_is_let_in(ask):
    """The page's own requests reach the application."""
    answer = ask("POST", "/gradio_api/reset", headers={"origin": "http://127.0.0.1:7860"}, json={})
    assert answer.status_code not in {400, 403, 404}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/queue/data"])
def test_a_request_from_another_site_is_refused(ask, site, path):
    """What the browser says comes from another site or port is refused, without an Origin too."""
    assert ask("GET", path, headers={"sec-fetch-site": site}).status_code == 403


def test_a_link_to_the_page_works(ask):
    """Who follows a link from elsewhere gets the first page, and nothing but that."""
    followed = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    assert ask("GET", "/", headers=followed).status_code == 200
    assert ask("POST", "/", headers=followed).status_code == 403
    assert ask("GET", "/config", headers=followed).status_code == 403
    assert ask("GET", "/", headers=followed | {"sec-fetch-dest": "iframe"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "length"),
    [("/gradio_api/queue/join", MAX_BODY + 1), ("/gradio_api/upload", MAX_UPLOAD + 1)],
)
def test_a_length_that_is_too_large_is_refused(ask, path, length):
    """A request that says it is too large is refused unread."""
    answer = ask("POST", path, headers={"content-length": str(length)}, content=b"x")
    assert answer.status_code == 413
    assert "onrecord add" in answer.text


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(ask, length):
    """A length that cannot be read is taken for one that is too large."""
    headers = {b"content-length": length.encode()}
    assert ask("POST", "/gradio_api/reset", headers=headers, content=b"").status_code == 413


def test_a_body_without_a_length_is_counted(ask):
    """A body that comes in pieces is cut off once it is too large."""
    pieces = (b"x" * 100_000 for _ in range(MAX_BODY // 100_000 + 2))
    answer = ask("POST", "/gradio_api/queue/join", content=pieces)
    assert answer.status_code == 413


def test_an_oversized_form_field_is_counted(ask, monkeypatch):
    """A form's plain fields count as its files do: they are kept in memory."""
    monkeypatch.setattr(routes, "MAX_UPLOAD", 300_000)
    head = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n'
    pieces = iter([head, *[b"x" * 100_000] * 5, b"\r\n--b--\r\n"])
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert ask("POST", "/gradio_api/upload", headers=headers, content=pieces).status_code == 413


@pytest.mark.parametrize("path", ["/", "/config", "/no-such-page", "/onrecord/page.js"])
def test_every_answer_carries_the_policy(ask, path):
    """The page and every refusal carry the security headers; nothing grants another origin."""
    headers = ask("GET", path).headers
    policy = dict(
        part.split(" ", 1) for part in headers["content-security-policy"].split("; ") if part
    )
    assert policy["default-src"] == policy["script-src"] == "'self'"
    assert policy["object-src"] == policy["frame-src"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert not [name for name in headers if name.startswith("access-control-")]


def test_the_first_page_has_no_script_of_its_own(ask):
    """All scripts of the page are files of ours, as the policy asks, and nothing is off-origin."""
    page = ask("GET", "/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    sources = re.findall(r'\b(?:src|href)="([^"]*)"', page)
    assert [source for source in sources if not source.startswith(("assets/", "onrecord/"))] == []
    for source in sources:
        assert ask("GET", f"/{source}").status_code == 200


def test_no_path_of_the_machine_is_in_the_configuration(ask):
    """The configuration that a visitor gets names no folder of this machine."""
    assert str(Path.home()) not in ask("GET", "/config").text


def test_a_web_socket_is_closed():
    """The page uses none."""
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(None, site(), uploads=Path())({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_the_temporary_folder_is_private():
    """What is uploaded lies in a folder of this user's alone, from the start."""
    build(site())
    import gradio.utils

    folder = Path(gradio.utils.get_upload_folder())
    assert folder.name.startswith("onrecord-")
    assert folder.parent == Path(tempfile.gettempdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_port_in_use_is_named_with_the_next_step():
    """A second server on a port is told which port, and what to type."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotServe, match=f"port {port} is in use.*--port {port + 1}"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 65536)])
def test_an_address_that_cannot_be_had_is_one_line(host, port):
    """An address of another machine, or a port that is none, is an error of one line."""
    with pytest.raises(CannotServe) as raised:
        listen(host, port)
    assert "\n" not in str(raised.value)


def test_the_socket_is_of_the_host_s_kind():
    """An IPv6 host is listened on as one."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with listen("::1", 0) as listener:
            assert listener.family == socket.AF_INET6
    except CannotServe:
        pytest.skip("this machine has no IPv6 loopback")
