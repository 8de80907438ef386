"""A full house, and two users side by side, in a real Chromium."""

import json
import threading

import httpx
import pytest

from qa import Assistant
from qa.web.gate.users import Users
from qa.web.page.desk import MAX_WAITING

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

KILLED = "How many people were killed in Tazerbo?"
JOIN = "gradio_api/queue/join"


class Slow:
    """Answers as another does, once it may."""

    def __init__(self, assistant: Assistant) -> None:
        self.archive = assistant.archive
        self.languages = assistant.languages
        self.may = threading.Event()
        self.suggest = assistant.suggest
        self._assistant = assistant

    def ask(self, *args, **named):
        assert self.may.wait(60)
        return self._assistant.ask(*args, **named)


def joined(guest, question: str) -> dict:
    """What the page sends when it asks."""
    with guest.page.expect_request(f"**/{JOIN}*") as request:
        guest.page.fill("#question textarea", question)
        guest.page.press("#question textarea", "Enter")
    return json.loads(request.value.post_data)


def test_who_comes_when_all_places_are_taken_is_told(visit, news_archive, real_reader, serve):
    """A clean 503, a message in the page, and the question is asked when there is room again."""
    slow = Slow(Assistant(news_archive, real_reader))
    guest = visit(serve(slow, is_demo=True))
    late = visit(guest.address)
    body = joined(guest, KILLED)
    last = 200
    for number in range(MAX_WAITING + 4):
        told = httpx.post(f"{guest.address}{JOIN}", json={**body, "session_hash": f"other{number}"})
        last = told.status_code
    assert last == 503
    joined(late, KILLED)
    late.page.wait_for_selector(".toast-body")
    assert "currently busy. Please try again." in late.text(".toast-body")
    assert late.count("#chat .waiting") == 0
    slow.may.set()
    guest.wait_for_reply(0)
    assert guest.count("#chat .quote") == 1


def test_two_users_have_nothing_of_each_other(visit, news_archive, real_reader, serve, tmp_path):
    """Neither the conversation, nor the stream of its answers, nor the files that were sent."""
    users = Users(tmp_path / "users.txt")
    for name in ("ann", "ben"):
        users.add(name, f"{name} has a password")
    address = serve(Assistant(news_archive, real_reader), users=users)
    ann, ben = (visit(address, user=(name, f"{name} has a password")) for name in ("ann", "ben"))
    session = joined(ann, KILLED)["session_hash"]
    ann.wait_for_reply(0)
    sent = ann.page.evaluate(
        """async () => {
            const form = new FormData();
            form.append('files', new File(['In confidence: the secret of ann.'], 'ann.txt'));
            const told = await fetch('gradio_api/upload', {method: 'POST', body: form});
            return (await told.json())[0];
        }"""
    )
    reached = ben.page.evaluate(REACH, [sent, session, operations(sent)])
    assert {name: told for name, told in reached.items() if told[0] == 200} == {
        "ask": [200, False],
        "search": [200, False],
        "status": [200, False],
    }
    assert ann.page.evaluate(REACH, [sent, session, operations(sent)])["add"] == [200, False]
    ben.page.click("#conversations > button")
    assert ben.count("#conversations label") == 0
    assert KILLED not in ben.page.content()


REACH = """async ([sent, session, operations]) => {
    const found = {};
    const note = async (name, told) => {
        found[name] = [told.status, (await told.text()).includes('the secret of ann')];
    };
    for (const path of [`gradio_api/file=${sent}`, `file=${sent}`, 'gradio_api/queue/status',
                        `gradio_api/stream/${session}/1/1/playlist.m3u8`])
        await note(path, await fetch(path));
    for (const [name, data] of Object.entries(operations))
        await note(name, await fetch(`gradio_api/run/${name}`, {
            method: 'POST',
            headers: {'content-type': 'application/json'},
            body: JSON.stringify({data, session_hash: session}),
        }));
    return found;
}"""
"""What a visitor gets of a file and a session: the status, and whether the secret is in it."""


def operations(sent: str) -> dict[str, list]:
    """What is said to each of the operations, to get at a file that was sent."""
    file = {"path": sent, "orig_name": "ann.txt", "meta": {"_type": "gradio.FileData"}}
    return {
        "ask": ["What is told in confidence?", None, None, None, 5, ""],
        "search": ["confidence", None, None, None, 5, ""],
        "status": [""],
        "add": [[file], None, ""],
    }
