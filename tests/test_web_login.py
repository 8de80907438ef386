"""Who may come in: passwords, sessions, and two users who never meet."""

import asyncio
import base64
import json
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from index import InvalidInput
from qa.web import Site
from qa.web.gate.bodies import session_of
from qa.web.gate.guard import Guard
from qa.web.gate.login import COOKIE, WRONG_TRIES, Door, address_of
from qa.web.gate.routes import routes_of
from qa.web.gate.sessions import Sessions
from qa.web.gate.throttle import Throttle
from qa.web.gate.users import PasswordHash, Users, UsersUnreadable
from tests.serving import made

ANN, BEN = "correct horse", "battery staple"
CLOSED = [
    "/config",
    "/gradio_api/info",
    "/gradio_api/queue/data?session_hash=a",
    "/gradio_api/heartbeat/a",
    "/gradio_api/startup-events",
    "/gradio_api/upload_progress?upload_id=a",
]
CLOSED_POSTS = [
    "/gradio_api/queue/join",
    "/gradio_api/upload",
    "/gradio_api/run/ask",
    "/gradio_api/api/add",
    "/gradio_api/mcp/",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/logout",
]


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="users")
def _users(tmp_path):
    users = Users(tmp_path / "users.txt")
    users.add("ann", ANN)
    users.add("ben", BEN)
    return users


@pytest.fixture(name="app", scope="module")
def _app(tmp_path_factory):
    """The real application, for two users."""
    users = Users(tmp_path_factory.mktemp("users") / "users.txt")
    users.add("ann", ANN)
    users.add("ben", BEN)
    archive = SimpleNamespace(folder=Path("nowhere"))
    assistant = SimpleNamespace(languages="English", archive=archive)
    return made(Site(assistants={"": assistant}, users=users, has_mcp=True))[0]


@pytest.fixture(name="come")
def _come(app):
    """A function that makes a visitor, who may log in."""

    def come(name: str = "", password: str = "", *, scheme: str = "http") -> TestClient:
        client = TestClient(
            app, base_url=f"{scheme}://127.0.0.1:7860", raise_server_exceptions=False
        )
        if name:
            answer = client.post("/login", data={"username": name, "password": password})
            assert answer.status_code == 200
        return client

    return come


# The door


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_told_to_who_is_not_logged_in(come, path):
    """The page's configuration, its events and its operations are for users."""
    assert come().get(path).status_code == 401


@pytest.mark.parametrize("path", CLOSED_POSTS)
def test_nothing_is_taken_from_who_is_not_logged_in(come, path):
    """Neither questions nor files."""
    assert come().post(path, json={}).status_code == 401


def test_every_route_that_is_open_is_harmless(app):
    """What is there without a login is the first page, files of ours, health, and the login."""
    site = Site(assistants={"": SimpleNamespace()}, users=SimpleNamespace(), has_mcp=True)
    names = {route.name for route in routes_of(site) if route.is_open}
    assert names == {"page", "file", "healthz", "login"}


def test_the_first_page_is_the_login_until_one_is_in(come):
    """Then it is the page itself."""
    assert 'name="password"' in come().get("/").text
    assert 'name="password"' not in come("ann", ANN).get("/").text


def test_a_user_comes_in_and_goes_out(come):
    """With the password, until the logout; the cookie alone is then worth nothing."""
    ann = come("ann", ANN)
    token = ann.cookies[COOKIE]
    assert ann.get("/config").status_code == 200
    assert ann.post("/logout").status_code == 200
    assert ann.get("/config").status_code == 401
    assert come().get("/config", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", BEN), ("nobody", ANN), ("", ""), ("ann", ""), ("ann\n", "x"), ("ann", "x" * 100_000)],
)
def test_a_wrong_password_is_refused_without_saying_what_is_wrong(come, name, password):
    """An unknown name and a wrong password read alike."""
    answer = come().post("/login", data={"username": name, "password": password})
    assert answer.status_code == 401
    assert answer.json() == {"detail": "The name or the password is wrong."}


def test_the_cookie_is_kept_from_scripts_and_other_sites(come):
    """And from plain connections, where there is a better one."""
    for scheme, is_secure in (("http", False), ("https", True)):
        fields = {"username": "ben", "password": BEN}
        cookie = come(scheme=scheme).post("/login", data=fields).headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert ("secure" in cookie) is is_secure


def test_a_program_sends_name_and_password_with_each_request(come):
    """HTTP's Basic, for who has no cookies."""
    for password, status in ((ANN, 200), (ANN, 200), ("wrong" * 3, 401)):
        given = base64.b64encode(f"ann:{password}".encode()).decode()
        answer = come().get("/config", headers={"authorization": f"Basic {given}"})
        assert answer.status_code == status
    for given in ("Basic", "Basic !!", "Basic //8=", "Bearer abc"):
        assert come().get("/config", headers={"authorization": given}).status_code == 401


def test_wrong_passwords_are_throttled(users):
    """After some wrong ones even the right one waits, and it is said for how long."""
    site = Site(assistants={"": SimpleNamespace()}, users=users)

    async def nothing(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    door = Door(users)

    async def inner(scope, receive, send):
        from starlette.requests import Request

        if scope["path"] == "/login":
            await (await door.login(Request(scope, receive)))(scope, receive, send)
        else:
            await nothing(scope, receive, send)

    client = TestClient(Guard(inner, site, uploads=Path(), door=door), base_url="http://localhost")
    wrong = {"username": "ann", "password": "wrong password"}
    statuses = [client.post("/login", data=wrong).status_code for _ in range(WRONG_TRIES + 1)]
    assert statuses == [401] * WRONG_TRIES + [429]
    answer = client.post("/login", data={"username": "ann", "password": ANN})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert client.post("/login", data={"username": "ben", "password": BEN}).status_code == 200


def test_who_is_taken_out_is_out(users):
    """A session ends with its user, and with the user's password."""
    door = Door(users)

    def come_in(name, password):
        return asyncio.run(door._begin(name, password, {"client": ("127.0.0.1", 1)}))

    ann, ben = come_in("ann", ANN), come_in("ben", BEN)
    assert door._user_of_token(ann) == "ann"
    users.add("ann", "another password")
    users.remove("ben")
    assert door._user_of_token(ann) is None
    assert door._user_of_token(ben) is None


# Two users


def seen_by(user, path, *, query="", body=None, users=None):
    """The request of a user as the application sees it behind the guard."""
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        seen["body"] = (await receive()).get("body", b"")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    class Known:
        async def user_of(self, scope):
            return user

    site = Site(assistants={"": SimpleNamespace()}, users=users)
    client = TestClient(
        Guard(app, site, uploads=Path("/tmp"), door=Known()), base_url="http://localhost"
    )
    if body is None:
        client.get(f"{path}?{query}")
    else:
        client.post(path, content=json.dumps(body))
    return seen


def test_no_user_reaches_another_s_session(users):
    """The same name of a session is another for each: in bodies, queries and paths."""
    join, data, beat = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/heartbeat/"
    told = {"session_hash": "s3cret", "data": []}
    for user in ("ann", "ben"):
        own = session_of(user, "s3cret")
        assert json.loads(seen_by(user, join, body=told, users=users)["body"]) == {
            "session_hash": own,
            "data": [],
        }
        query = seen_by(user, data, query="session_hash=s3cret", users=users)["query_string"]
        assert query == f"session_hash={own}".encode()
        assert seen_by(user, f"{beat}s3cret", users=users)["path"] == f"{beat}{own}"
    assert session_of("ann", "s3cret") != session_of("ben", "s3cret")
    assert session_of("ann", session_of("ben", "s3cret")) != session_of("ben", "s3cret")


@pytest.mark.parametrize(
    "body",
    [
        b'{"session_hash": "a", "session_hash": "b"}',
        b'{"session_hash": ["b"]}',
        b'{"session_hash": {"x": 1}}',
    ],
)
def test_an_odd_session_is_still_one_of_its_user(users, body):
    """Two names, or what is no name: the application reads the one that was checked."""
    seen = {}

    async def app(scope, receive, send):
        seen["body"] = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    class Known:
        async def user_of(self, scope):
            return "ann"

    site = Site(assistants={"": SimpleNamespace()}, users=users)
    guard = Guard(app, site, uploads=Path("/tmp"), door=Known())
    TestClient(guard, base_url="http://localhost").post("/gradio_api/queue/join", content=body)
    name = json.loads(seen["body"])["session_hash"]
    assert isinstance(name, str)
    assert len(name) == 32


# The file of users


def test_the_file_has_hashes_and_is_its_owner_s(users, tmp_path):
    """No password can be read from it, and nobody else reads it."""
    file = tmp_path / "users.txt"
    text = file.read_text(encoding="utf-8")
    assert ANN not in text
    assert text.startswith("ann:scrypt$16384$8$5$")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert users.names() == ["ann", "ben"]
    assert [one.name for one in tmp_path.iterdir()] == ["users.txt"]


def test_the_same_password_is_hashed_otherwise_for_each():
    """By a salt; and what is written is read again."""
    one, two = PasswordHash.of(ANN), PasswordHash.of(ANN)
    assert str(one) != str(two)
    assert PasswordHash.parse(str(one)) == one
    assert one.fits(ANN)
    assert not one.fits(BEN)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "x" * 65, "é\u202e", "/"])
def test_a_name_that_cannot_be_used_is_refused(users, name):
    """A name is of letters, digits and a few signs."""
    with pytest.raises(InvalidInput, match="is no name for a user"):
        users.add(name, ANN)


@pytest.mark.parametrize("password", ["", "short", "x" * 501])
def test_a_password_too_short_or_long_is_refused(users, password):
    """And the user keeps the former one."""
    with pytest.raises(InvalidInput, match="a password has 10 to 500 characters"):
        users.add("ann", password)
    assert users.check("ann", ANN)


@pytest.mark.parametrize(
    "line",
    [
        "ann",
        "ann:secret",
        "ann:scrypt$1$2",
        "ann:scrypt$1048576$8$1$AAAA$AAAA",
        "ann:scrypt$16384$8$5$!$AA",
    ],
)
def test_a_line_that_is_none_is_named(tmp_path, line):
    """Nobody is let in by a file that is not understood."""
    file = tmp_path / "users.txt"
    file.write_text(f"# the newsroom\n{line}\n", encoding="utf-8")
    with pytest.raises(UsersUnreadable, match="line 2 of"):
        Users(file).names()


def test_a_file_that_is_not_there_says_how_to_make_it(tmp_path):
    """With the command."""
    with pytest.raises(UsersUnreadable, match="onrecord user add NAME --auth"):
        Users(tmp_path / "none.txt").names()


# Sessions and tries


def test_a_session_ends_when_it_is_not_used():
    """Each use lets it last anew."""
    clock = Clock()
    sessions = Sessions(lasts=100, clock=clock)
    token = sessions.start("ann")
    for _ in range(3):
        clock.now += 90
        assert sessions.user_of(token) == "ann"
    clock.now += 101
    assert sessions.user_of(token) is None
    assert sessions.user_of("guessed") is None


def test_the_session_unused_longest_makes_room():
    """A server does not remember without end."""
    sessions = Sessions(most=2)
    first, second = sessions.start("ann"), sessions.start("ben")
    sessions.user_of(first)
    third = sessions.start("eve")
    assert [sessions.user_of(one) for one in (first, second, third)] == ["ann", None, "eve"]


def test_tries_are_counted_within_a_while():
    """So many, then none until the first is long enough ago; a good one does not count."""
    clock = Clock()
    throttle = Throttle(2, 60, clock=clock)
    assert [throttle.take("ann") for _ in range(2)] == [0, 0]
    clock.now += 20
    assert throttle.take("ann") == pytest.approx(40)
    assert throttle.take("ben") == 0
    throttle.give_back("ann")
    assert throttle.take("ann") == 0
    clock.now += 41
    assert throttle.take("ann") == 0


def test_tries_of_many_keys_are_forgotten():
    """Who tries many names does not fill the memory."""
    throttle = Throttle(1, 60, keys=3)
    for number in range(10):
        throttle.take(number)
    assert throttle.take(9) > 0
    assert throttle.take(0) == 0


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_that_of_one_visitor(host, address):
    """Of IPv6 it is the network."""
    assert address_of({"client": (host, 1)}) == address


def test_the_time_does_not_tell_whether_a_user_is_there(users, monkeypatch):
    """An unknown name costs a hash, as a known one does."""
    hashed = []
    scrypt = PasswordHash.scrypt
    monkeypatch.setattr(
        PasswordHash, "scrypt", lambda self, password: hashed.append(1) or scrypt(self, password)
    )
    for name in ("ann", "nobody"):
        hashed.clear()
        assert not users.check(name, "wrong password")
        assert hashed == [1]
