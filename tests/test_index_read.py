"""Files in, documents out: every format, every encoding, and what is no article."""

import contextlib
import datetime as dt
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read import find_files, read
from index.read.decode import decode
from index.read.metadata import canonical_form, parse_date
from index.read.source import Position

TEXT = "ISIS killed nine people.\r\nThe town’s\u00a0residents  fought\tback.\n\n  They won. \n"
NEWS = "The army said on Wednesday that forces are pursuing the militants in the desert. " * 5


@pytest.fixture(name="read_bytes")
def _read_bytes(tmp_path):
    """A function that writes bytes to a file of some name and reads the file's articles."""

    def read_bytes(raw, name="article.txt"):
        path = tmp_path / name
        path.write_bytes(raw)
        return list(read(path))

    return read_bytes


@pytest.fixture(name="reason_of")
def _reason_of(read_bytes):
    """A function that gives the one reason for which a file was refused."""

    def reason_of(raw, name="article.txt"):
        (failure,) = read_bytes(raw, name)
        assert isinstance(failure, Failure)
        assert failure.reason.isprintable()
        assert len(failure.reason) < 400
        return failure.reason

    return reason_of


def _record(**fields):
    return json.dumps({"text": "Nine people died.", **fields}).encode() + b"\n"


# Plain text


def test_text_is_untouched(read_bytes):
    """The text of a .txt is the decoded file: CRLF, no-break spaces, and spaces at its ends."""
    (document,) = read_bytes(TEXT.encode())
    assert document.text == TEXT


@pytest.mark.parametrize("name", ["a.txt", "a.text", "a.TXT"])
def test_suffixes_of_plain_text(read_bytes, name):
    """Plain text is known by its suffix, in either case."""
    (document,) = read_bytes(b"One.", name)
    assert document.text == "One."


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
        ("utf-32-be", b"\x00\x00\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", b""),
        ("utf-32-be", b""),
    ],
)
def test_unicode_encodings(read_bytes, encoding, mark):
    """Every Unicode encoding, with a mark or without; the mark is no part of the text."""
    (document,) = read_bytes(mark + TEXT.encode(encoding))
    assert document.text == TEXT


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Der Präsident sagte am Dienstag, die Gespräche über Österreich seien “gut”. "),
        ("latin-1", "Le président a déclaré à l'Élysée que la réunion était très brève. "),
        ("cp1251", "Президент заявил во вторник, что переговоры прошли успешно. "),
        ("koi8-r", "Президент заявил во вторник, что переговоры прошли успешно. "),
        ("shift_jis", "政府は火曜日、会談が成功したと発表した。詳細は明らかにされていない。"),
        ("gb18030", "政府星期二宣布会谈取得成功。细节尚未公布，双方将继续谈判。"),
        ("euc_kr", "정부는 화요일 회담이 성공했다고 발표했다. 자세한 내용은 알려지지 않았다. "),
    ],
)
def test_national_encodings(read_bytes, encoding, text):
    """An encoding without a mark is told from the writing that it makes."""
    (document,) = read_bytes((text * 8).encode(encoding))
    assert document.text == text * 8


def test_long_file_in_a_national_encoding(read_bytes):
    """A guess from the first part of a file holds where that part ends within a character."""
    text = "x" + "政府は火曜日、会談が成功したと発表した。\n" * 12_000
    (document,) = read_bytes(text.encode("shift_jis"))
    assert document.text == text


def test_headline_stands_alone(read_bytes):
    """A short first line above an empty one is the title, and stays in the text."""
    raw = b"Nine killed in Tazerbo\n\nGunmen attacked the town.\nThey left at dawn.\n"
    (document,) = read_bytes(raw)
    assert document.title == "Nine killed in Tazerbo"
    assert document.text == raw.decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"Gunmen attacked the town.\n\nThey left.\n\n",
        b"Nine killed\nin Tazerbo\n\nThey left.\n",
        b"Nine killed in Tazerbo",
        b"x" * 200 + b"\n\nThey left.\n",
    ],
)
def test_no_headline(read_bytes, raw):
    """A sentence, a first line of more, the only line, or a very long one is no title."""
    (document,) = read_bytes(raw)
    assert document.title == ""


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_comes_back(tmp_path, text):
    """Whatever is written as UTF-8, in .txt or JSONL, is read to the character."""
    if not text.strip() or text.startswith("\ufeff"):
        return
    path = tmp_path / "any.txt"
    path.write_bytes(text.encode())
    (document,) = read(path)
    assert document.text == text
    path = tmp_path / "any.jsonl"
    path.write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
    (document,) = read(path)
    assert document.text == text


# What is no article


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b" \r\n\t \xc2\xa0", "white space"),
        (b"\xef\xbb\xbf", "white space"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00" + bytes(range(256)), "picture"),
        (b"\x7fELF\x02\x01\x01\x00" + bytes(56), "a program"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x01\x02\x03stream\x00\x00", "PDF is damaged"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(128, 256)), "zip file is damaged"),
        (NEWS.encode() + b"\x00", "zero bytes"),
        (NEWS.encode() + b"\x01", "control characters"),
        (b"\xff\xfeA", "utf-16"),
        (b"\xef\xbb\xbfNine \xff people", "utf-8"),
        (b"a" * 10_000_001, "longer than"),
    ],
    ids="empty blank mark png elf pdf zip zero control utf16-odd utf8-bad long".split(),
)
def test_files_that_hold_no_article(reason_of, raw, says):
    """A file without readable text is refused with a reason of one printable line."""
    assert says in reason_of(raw)


@pytest.mark.parametrize("seed", range(8))
def test_bytes_in_no_encoding(reason_of, seed):
    """Random bytes are no text, whatever their luck with the guess."""
    numbers = random.Random(seed)
    raw = bytes(numbers.choice([*range(1, 9), *range(128, 160)]) for _ in range(600))
    assert reason_of(raw)


@pytest.mark.parametrize("name", "a.pdf a.docx a.exe a.png a.zip a.t a.txt~ README".split())
def test_the_content_says_what_it_is(read_bytes, name):
    """Text is read as text, whatever its name says that it is."""
    (document,) = read_bytes(b"Nine people died.", name)
    assert document.text == "Nine people died."


_WRONG_KINDS = {
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + bytes(range(256)),
    "json": b'{"text": "Nine people died."}',
    "html": b"<!doctype html><p>Nine people died.</p>",
    "utf-16": "\ufeffNine people died.".encode("utf-16-le"),
    "zeros": bytes(1000),
    "latin": "Après l’attaque, les forces armées se sont déployées.".encode("cp1252") * 9,
    "csv": b"text,title\nNine people died.,Attack\n",
    "yaml": b"---\ntitle: [unclosed\n---\nNine people died.\n",
    "escape": b"\x1b[2J\x1b]0;title\x07 nine people, died\n",
}


_SUFFIXES = ".txt .md .jsonl .csv .html .json .xml .eml .pdf .docx .zip .gz".split()


@pytest.mark.parametrize("suffix", _SUFFIXES)
@pytest.mark.parametrize("kind", _WRONG_KINDS)
def test_wrong_suffix(read_bytes, suffix, kind):
    """Content under a suffix that it does not have gives documents or reasons, and no error."""
    found = read_bytes(_WRONG_KINDS[kind], "article" + suffix)
    assert found
    for one in found:
        if isinstance(one, Failure):
            assert one.reason.isprintable()
            assert len(one.reason) < 400
        else:
            one.text.encode()


@pytest.mark.parametrize("suffix", _SUFFIXES)
@given(raw=st.binary(max_size=200))
def test_any_bytes_under_any_name(tmp_path, suffix, raw):
    """No bytes whatever make a reader raise, and none are passed by in silence."""
    path = tmp_path / f"any{suffix}"
    path.write_bytes(raw)
    found = list(read(path))
    assert found
    assert all(isinstance(one, Document | Failure) for one in found)


# JSONL


def test_record_has_every_field(read_bytes):
    """A record's fields are the document's, its id included."""
    raw = _record(
        id="a-1",
        title="Attack",
        source="Asharq Al-Awsat",
        url="https://aawsat.com/1",
        published="2018-11-25",
        authors=["A. Writer", "B. Editor"],
    )
    (document,) = read_bytes(raw, "a.jsonl")
    assert document.id == "a-1"
    assert document.title == "Attack"
    assert document.source == "Asharq Al-Awsat"
    assert document.url == "https://aawsat.com/1"
    assert document.published == dt.date(2018, 11, 25)
    assert document.authors == ("A. Writer", "B. Editor")
    assert document.line == 1
    assert document.path.endswith("a.jsonl")


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson"])
def test_text_of_a_record_is_untouched(read_bytes, name):
    """The text of a record is its JSON string: CRLF, spaces and control characters too."""
    text = TEXT + "\x00\x07\u2028\U0001f600"
    (document,) = read_bytes(_record(text=text), name)
    assert document.text == text


@pytest.mark.parametrize("name", ["  two  spaces.txt", "a\u202fb\tc\nd.txt", "café.txt"])
def test_path_of_a_record_is_untouched(read_bytes, name):
    """An exported article keeps the path of its file, whatever that is called."""
    (document,) = read_bytes(_record(path=f"/news/{name}"), "a.jsonl")
    assert document.path == f"/news/{name}"


@pytest.mark.parametrize("given", ["", " ", None, 5, ["/news/a.txt"]])
def test_a_record_without_a_path_has_its_files(read_bytes, given):
    """So it is where the path is no text, or an empty one."""
    (document,) = read_bytes(_record(path=given), "a.jsonl")
    assert document.path.endswith("a.jsonl")


def test_a_path_that_no_file_can_have(read_bytes):
    """NUL and half a surrogate pair are shown as U+FFFD."""
    (document,) = read_bytes(_record(path="/news/\x00\ud83d.txt"), "a.jsonl")
    assert document.path == "/news/\ufffd\ufffd.txt"


def test_other_names_of_fields(read_bytes):
    """Fields are found under the other names that exports use, in either case."""
    raw = b'{"Body": "Nine died.", "Headline": "Attack", "publisher": "X", "DATE": "2018-11-25"}'
    (document,) = read_bytes(raw, "a.jsonl")
    assert (document.text, document.title, document.source) == ("Nine died.", "Attack", "X")
    assert document.published == dt.date(2018, 11, 25)


def test_lines_are_counted_as_in_an_editor(read_bytes):
    """A record's line counts from 1, empty lines and failures included."""
    raw = b"\n" + _record(id="a") + b"nonsense\n \n" + _record(id="b")
    first, wrong, second = read_bytes(raw, "a.jsonl")
    assert (first.line, wrong.line, second.line) == (2, 3, 5)


def test_crlf_and_no_last_newline(read_bytes):
    """Lines end with CRLF or LF, the last with neither."""
    raw = b'{"text": "One."}\r\n{"text": "Two."}'
    assert [one.text for one in read_bytes(raw, "a.jsonl")] == ["One.", "Two."]


def test_byte_order_mark_before_records(read_bytes):
    """A byte-order mark does not spoil the first record."""
    (document,) = read_bytes(b"\xef\xbb\xbf" + _record(id="a"), "a.jsonl")
    assert document.id == "a"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_marked_records(read_bytes, encoding):
    """Records in another Unicode encoding are read where a byte-order mark says which."""
    raw = (_record(id="a") + _record(id="b")).decode().encode(encoding)
    assert [one.id for one in read_bytes(raw, "a.jsonl")] == ["a", "b"]


_BAD_LINES = {
    "not-json": (b"nine people", "not JSON"),
    "cut-off": (b'{"text": "Nine', "not JSON"),
    "array": (b'["Nine people died."]', "JSON object"),
    "string": (b'"Nine people died."', "JSON object"),
    "null": (b"null", "JSON object"),
    "no-text": (b'{"title": "Attack"}', "“text”"),
    "empty-text": (b'{"text": ""}', "“text”"),
    "blank-text": (b'{"text": " \\n\\u00a0"}', "“text”"),
    "null-text": (b'{"text": null}', "“text”"),
    "number-text": (b'{"text": 9}', "“text”"),
    "list-text": (b'{"text": ["Nine."]}', "“text”"),
    "half-surrogate": (b'{"text": "Nine \\ud83d people"}', "surrogate"),
    "bad-utf8": (b'{"text": "Nine \xff people"}', "UTF-8"),
    "overlong-utf8": (b'{"text": "Nine \xc0\xaf people"}', "UTF-8"),
    "cesu-surrogate": (b'{"text": "Nine \xed\xa0\x80 people"}', "UTF-8"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, ""),
    "deep-object": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, ""),
    "huge-number": (b'{"text": "Nine.", "id": ' + b"9" * 5000 + b"}", ""),
    "float-id": (b'{"text": "Nine.", "id": 1.5}', "“id”"),
    "list-id": (b'{"text": "Nine.", "id": [' + b"1," * 10_000 + b"1]}", "“id”"),
    "bool-id": (b'{"text": "Nine.", "id": true}', "“id”"),
    "zero-bytes": (b"\x00\x00\x00\x00", "not JSON"),
}


@pytest.mark.parametrize("kind", _BAD_LINES)
def test_bad_line_is_lost_alone(read_bytes, kind):
    """Of a bad line only that line is lost, with its number and a reason of one line."""
    bad, says = _BAD_LINES[kind]
    raw = _record(id="before") + bad + b"\n" + _record(id="after")
    before, failure, after = read_bytes(raw, "a.jsonl")
    assert (before.id, after.id) == ("before", "after")
    assert failure.line == 2
    assert says in failure.reason
    assert failure.reason.isprintable()
    assert len(failure.reason) < 400


@pytest.mark.parametrize("raw", [b"", b"\n", b" \r\n\t\n"])
def test_file_without_records(reason_of, raw):
    """A file of no records is refused as empty."""
    assert "empty" in reason_of(raw, "a.jsonl")


def test_odd_metadata_is_left_out(read_bytes):
    """Metadata of the wrong kind is absent; it costs no article."""
    raw = _record(title=["a"], source={"b": 1}, url=True, published={"x": 1}, authors={"name": "A"})
    (document,) = read_bytes(raw, "a.jsonl")
    assert (document.title, document.source, document.url) == ("", "", "")
    assert document.published is None
    assert document.authors == ()


def test_metadata_is_one_printable_line(read_bytes):
    """Line breaks in metadata become spaces, and control characters are shown as replaced."""
    raw = _record(title="Nine\n  dead\x1b[2J", source="\ud83d")
    (document,) = read_bytes(raw, "a.jsonl")
    assert document.title == "Nine dead\ufffd[2J"
    assert document.source == "\ufffd"


@pytest.mark.slow
def test_line_of_100_mb(tmp_path):
    """A line of 100 MB is refused, with its line; the rest is read, in little memory."""
    path = tmp_path / "large.jsonl"
    with path.open("wb") as file:
        file.write(_record(id="before"))
        file.write(b'{"text": "')
        for _ in range(100):
            file.write(b"nine " * 200_000)
        file.write(b'"}\n')
        file.write(_record(id="after"))
    script = """
import json, resource, sys
from pathlib import Path
from index.read import read
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
found = [getattr(one, "id", None) or [one.line, one.reason] for one in read(Path(sys.argv[1]))]
print(json.dumps([found, peak() - before]))
"""
    pytest.importorskip("resource")
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    (first, (line, reason), last), megabytes = json.loads(ran.stdout)
    assert (first, line, last) == ("before", 2, "after")
    assert reason.startswith("100.0 MB is longer than")
    assert megabytes < 200


# Ids


def test_id_of_a_file_is_its_path(tmp_path):
    """A file keeps its id when its text changes; another path is another id."""
    path = tmp_path / "a.txt"
    path.write_text("One.")
    (first,) = read(path)
    path.write_text("Two.")
    (second,) = read(path)
    other = tmp_path / "b.txt"
    other.write_text("Two.")
    (third,) = read(other)
    assert first.id == second.id
    assert third.id != first.id


@pytest.mark.parametrize("suffix", [".txt", ".md", ".jsonl", ".csv"])
def test_made_ids_are_short_and_printable(read_bytes, suffix):
    """An id that is made is 16 hexadecimal digits."""
    raw = {".jsonl": b'{"text": "One."}', ".csv": b"text\nOne.\n"}.get(suffix, b"One.")
    (document,) = read_bytes(raw, "a" + suffix)
    assert len(document.id) == 16
    assert set(document.id) <= set("0123456789abcdef")


def test_id_of_a_record_without_one(read_bytes):
    """A record with neither id nor url is known by its file and line."""
    first, second = read_bytes(_record() * 2, "a.jsonl")
    again, _ = read_bytes(_record() * 2, "a.jsonl")
    assert first.id != second.id
    assert first.id == again.id


def test_id_from_the_url(read_bytes):
    """A url makes the id, wherever the record stands and whatever it is tracked by."""
    here, there, elsewhere = read_bytes(
        _record(url="https://Example.com/a?id=1&utm_source=x#top")
        + _record(url="https://example.com/a?id=1", text="Ten died.")
        + _record(url="https://example.com/a?id=2"),
        "a.jsonl",
    )
    assert here.id == there.id
    assert elsewhere.id != here.id
    assert here.url == "https://Example.com/a?id=1&utm_source=x#top"


def test_given_id_wins(read_bytes):
    """A given id is the document's, url or not; a whole number is given as text."""
    first, second = read_bytes(
        _record(id="a", url="https://example.com/") + _record(id=12), "a.jsonl"
    )
    assert (first.id, second.id) == ("a", "12")


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.COM/News", "https://example.com/News"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a?b=&fbclid=1&c=2#d", "https://example.com/a?b=&c=2"),
        (" https://example.com/a ", "https://example.com/a"),
        ("http://[bad", "http://[bad"),
    ],
)
def test_canonical_form(url, canonical):
    """Scheme and host in lower case, no fragment, no tracking; what is no url stays."""
    assert canonical_form(url) == canonical


@given(url=st.text())
def test_any_url(url):
    """No string makes `canonical_form` raise."""
    canonical_form(url)


@given(rest=st.text() | st.text("Ab: /?#&=%[]@utm_.\0\x85"))
def test_a_canonical_url_stays(rest):
    """The canonical form of a url with a host is canonical already."""
    once = canonical_form(f"https://News.example/{rest}")
    assert canonical_form(once) == once


# Dates


@pytest.mark.parametrize(
    "written",
    [
        "2018-11-25",
        "2018-11-25T23:59:59Z",
        "2018-11-25 10:00:00+02:00",
        "2018-11-25T10:00:00.000-0500",
        "20181125",
        "2018/11/25",
        "25 November 2018",
        "25 Nov 2018",
        "November 25, 2018",
        "Nov 25, 2018",
        "Sun, 25 Nov 2018 10:00:00 GMT",
        " 2018-11-25\n",
        20181125,
        dt.date(2018, 11, 25),
        dt.datetime(2018, 11, 25, 23, 59, tzinfo=dt.UTC),
    ],
)
def test_dates(written):
    """Dates as news files write them, with or without a time."""
    assert parse_date(written) == dt.date(2018, 11, 25)


@pytest.mark.parametrize(
    "written",
    [
        *("", "yesterday", "2018", "2018-11", "Nov 2018", "12/11/2018", "2018-13-45"),
        *("31 February 2018", "123456", "2018111", "1512100400000", "0000-00-00", "Monday"),
        *(None, True, 2018, 123456, 1543190400, 1512100400000, 20181125.5, [], {}),
        *("Mon, 25 Nov 2018 00:00:00 +99999999999999", "Sun, 25 Nov 99999999999 00:00:00"),
    ],
)
def test_unknown_dates_stay_unknown(written):
    """What is no whole calendar date, or could be two, is none: no date is made up."""
    assert parse_date(written) is None


@given(written=st.one_of(st.text(), st.integers(), st.floats(), st.from_regex(r"[\d:T+ /-]{6,30}")))
def test_any_date(written):
    """Nothing makes `parse_date` raise."""
    found = parse_date(written)
    assert found is None or type(found) is dt.date


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(read_bytes, delimiter):
    """Comma, semicolon, tab or bar: the one that the header uses."""
    raw = delimiter.join(["id", "title", "text"]) + "\n"
    raw += delimiter.join(["a", "Attack", '"Nine people; ten, eleven\t| died."']) + "\n"
    (document,) = read_bytes(raw.encode(), "a.csv")
    assert (document.id, document.title) == ("a", "Attack")
    assert document.text == "Nine people; ten, eleven\t| died."


def test_tsv(read_bytes):
    """A .tsv is read as a .csv is."""
    (document,) = read_bytes(b"text\ttitle\nNine, died.\tAttack\n", "a.tsv")
    assert (document.text, document.title) == ("Nine, died.", "Attack")


def test_quoted_line_breaks(read_bytes):
    """A quoted field keeps its line breaks and spaces; the row's line is where it begins."""
    raw = b'id,text\na," Nine\r\npeople\n\ndied. "\nb,Ten.\nc,"El\neven."\nd,Twelve.\n'
    documents = read_bytes(raw, "a.csv")
    assert documents[0].text == " Nine\r\npeople\n\ndied. "
    assert [one.line for one in documents] == [2, 6, 7, 9]


def test_no_text_column(reason_of):
    """A CSV without a column of text is refused as a whole, and shows its first line."""
    reason = reason_of(b"id,title\na,Attack\n", "a.csv")
    assert "text" in reason
    assert "id,title" in reason


def test_first_line_is_shown_without_control_characters(reason_of):
    """A hostile first line sends nothing to the terminal."""
    assert "\x1b" not in reason_of(b"\x1b[2J\x07id,title\na,Attack\n", "a.csv")


def test_bad_row_is_lost_alone(read_bytes):
    """A row without text is a failure with its line; empty rows are passed over."""
    raw = b"id,text\na,One.\nb,\n\nc\nd,Four.\n"
    found = read_bytes(raw, "a.csv")
    assert [getattr(one, "id", None) for one in found] == ["a", None, None, "d"]
    assert [one.line for one in found] == [2, 3, 5, 6]


@pytest.mark.parametrize("rows", ["", "\n\n", ",,\n"])
def test_csv_without_rows(reason_of, rows):
    """A table that has nothing but its header is reported, and no silent nothing."""
    assert "no row" in reason_of(f"title,text,published\n{rows}".encode(), name="a.csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "shift_jis"])
def test_csv_encodings(read_bytes, encoding):
    """A CSV may have any encoding that a text may."""
    text = "Le président a déclaré" if encoding == "cp1252" else "会談が成功したと発表した"
    raw = "id,text\n" + "".join(f"{row},{text} {text} {text}\n" for row in range(20))
    documents = read_bytes(raw.encode(encoding), "a.csv")
    assert [one.id for one in documents] == [str(row) for row in range(20)]
    assert documents[7].text == f"{text} {text} {text}"


_JAPANESE_ROW = b"a," + "会談が成功したと発表した。".encode("shift_jis") * 6_000 + b"\n"


@pytest.mark.parametrize(
    "raw",
    [
        "\ufeffid,text\na,One.\n".encode("utf-16-le") + b"A",
        b"\xff\xfei\x00d",
        b"\xff\xfe\x00\xd8,\x00",
        b"id,text\na," + b"x" * 1_100_000 + b"\nb,\xff\xfe\n",
        b"id,text\n" + _JAPANESE_ROW * 8 + b"b,\x81\n",
    ],
    ids=["odd-utf16", "cut-utf16", "half-utf16", "late-bad-utf8", "late-bad-shift-jis"],
)
def test_csv_with_bytes_that_do_not_decode(read_bytes, raw):
    """Bytes that do not fit the encoding cost their row or the file, with a reason."""
    found = read_bytes(raw, "a.csv")
    assert isinstance(found[-1], Failure)
    assert found[-1].reason.isprintable()


def test_unclosed_quote(read_bytes):
    """A quotation mark that is never closed takes what follows, and raises nothing."""
    found = read_bytes(b'id,text\na,"One.\nb,Two.\n', "a.csv")
    assert len(found) == 1


def test_long_row(read_bytes):
    """A row longer than an article may be is lost alone."""
    raw = b"id,text\na,One.\nb," + b"x" * 11_500_000 + b"\nc,Three.\n"
    found = read_bytes(raw, "a.csv")
    assert sorted(one.id for one in found if isinstance(one, Document)) == ["a", "c"]
    (failure,) = (one for one in found if isinstance(one, Failure))
    assert failure.line == 3
    assert "longer than" in failure.reason


def test_row_with_too_many_cells(read_bytes):
    """A row that a comma in its text cuts in two is a failure: half a text is no article."""
    found = read_bytes(b"text\nNine died, ten fled.\nEleven fled.\n", "a.csv")
    assert [getattr(one, "text", None) for one in found] == [None, "Eleven fled."]
    assert "quotation marks" in found[0].reason


# Markdown


def test_markdown_is_what_a_reader_sees(read_bytes):
    """Marks are left out, blocks are paragraphs, and the first heading is the title."""
    raw = b"# Nine *killed*\n\nThe **army** [said](https://example.com) so.\n\n- One\n- Two\n"
    (document,) = read_bytes(raw, "a.md")
    assert document.text == "Nine killed\n\nThe army said so.\n\nOne\n\nTwo"
    assert document.title == "Nine killed"


def test_front_matter(read_bytes):
    """Front matter is metadata, and no part of the text."""
    raw = (
        b"---\r\ntitle: Attack\r\nauthor: A. Writer; B. Editor\r\ndate: 2018-11-25\r\n"
        b"source: AP\r\nurl: https://example.com/a\r\n---\r\n# Other\r\n\r\nNine died.\r\n"
    )
    (document,) = read_bytes(raw, "a.markdown")
    assert document.text == "Other\n\nNine died."
    assert (document.title, document.source) == ("Attack", "AP")
    assert document.authors == ("A. Writer", "B. Editor")
    assert document.published == dt.date(2018, 11, 25)


def test_text_between_rules_is_no_front_matter(read_bytes):
    """Two rules with mere text between them are an article, of which nothing is lost."""
    (document,) = read_bytes(b"---\nNine died.\n\n---\n\nTen fled.\n", "a.md")
    assert document.text == "Nine died.\n\nTen fled."


def test_front_matter_list_of_authors(read_bytes):
    """Authors may be a YAML list, and a date may have a time."""
    raw = b"---\nauthors: [A, B]\ndate: 2018-11-25 10:00:00\n---\nNine died.\n"
    (document,) = read_bytes(raw, "a.md")
    assert document.authors == ("A", "B")
    assert document.published == dt.date(2018, 11, 25)


@pytest.mark.parametrize(
    "block",
    [
        b"title: [unclosed",
        b"title: 'open",
        b"\tx: 1",
        b"a: b: c",
        b"a: *nowhere",
        b"!!python/object/apply:os.system [echo]",
        b"? [a, b]\n: c",
        pytest.param(b"a: " + b"[" * 2000, id="nested"),
        b"<<: 1",
        b"a: !!binary x",
    ],
)
def test_malformed_front_matter(reason_of, block):
    """Front matter that is no YAML, or is hostile, is a reason of one short line."""
    reason = reason_of(b"---\n" + block + b"\n---\nNine died.\n", "a.md")
    assert reason.startswith("the front matter is not YAML: ")
    assert reason.isprintable()
    assert len(reason) < 400


@pytest.mark.parametrize(
    "block",
    [
        b"date: 2018-13-45",
        b"date: 2018-02-30 25:61:00",
        b"date: 2018-11-25 10:00:00 +99:99",
        pytest.param(b"n: " + b"9" * 5000, id="number"),
        b"=: 1",
        b"a: &a [*a]",
        b"a: !!timestamp x",
        b"a: !!int x",
        b"a: !!float x",
        b"a: 0b",
        b"a: 1:99999999999999",
    ],
)
def test_strange_front_matter(read_bytes, block):
    """Front matter with a value that is none of its kind costs the article nothing."""
    (document,) = read_bytes(b"---\n" + block + b"\n---\nNine died.\n", "a.md")
    assert document.text == "Nine died."


def test_front_matter_bomb(read_bytes):
    """Aliases of aliases are not written out."""
    rows = [b"a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    rows += [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)]
    rows.append(b"authors: *a11")
    (document,) = read_bytes(b"---\n" + b"\n".join(rows) + b"\n---\nNine died.\n", "a.md")
    assert document.text == "Nine died."


def test_front_matter_alone(reason_of):
    """Front matter without an article is refused."""
    assert "no text" in reason_of(b"---\ntitle: Attack\n---\n", "a.md")


@pytest.mark.parametrize("raw", [b"> " * 20_000 + b"x", b"[" * 20_000, b"*a " * 20_000])
def test_deep_markdown(read_bytes, raw):
    """Markdown nested very deep is read or refused, in time."""
    assert len(read_bytes(raw, "a.md")) == 1


# Paths


def _found(paths):
    return [str(one.path) if isinstance(one, Failure) else str(one) for one in find_files(paths)]


def test_folders_are_walked_in_order(tmp_path):
    """Files of a folder come in one fixed order, whatever the file system's."""
    for name in ["b/2.txt", "b/1.txt", "a.txt", "a/3.txt", "c.txt"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("One.")
    names = [os.path.relpath(one, tmp_path) for one in _found([tmp_path])]
    assert names == ["a.txt", "c.txt", "a/3.txt", "b/1.txt", "b/2.txt"]


def test_hidden_files_are_left_out(tmp_path):
    """Hidden files and folders in a folder are left out; one that is named is taken."""
    for name in [".git/a.txt", ".hidden.txt", "seen.txt"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("One.")
    assert _found([tmp_path]) == [str(tmp_path / "seen.txt")]
    assert _found([tmp_path / ".hidden.txt"]) == [str(tmp_path / ".hidden.txt")]
    assert _found([tmp_path / ".git"]) == [str(tmp_path / ".git" / "a.txt")]


def test_what_was_read_of_a_file_never_becomes_less(tmp_path):
    """A reader of an archive goes back and forth; at the end, and before it, nobody knows."""
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(100))
    position = Position(path)
    assert position.share() is None
    with position.open() as file:
        shares = [position.share() for place in (40, 10, 60, 100) if file.seek(place) >= 0]
    assert shares == [0.4, 0.4, 0.6, None]
    assert position.share() is None


def test_links_are_not_followed_out_of_a_folder(tmp_path):
    """A link in a folder, to a file or to a folder, is reported; one that is named is taken."""
    outside = tmp_path / "outside"
    folder = tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret.txt").write_text("Secret.")
    (folder / "seen.txt").write_text("Seen.")
    (folder / "file.txt").symlink_to(outside / "secret.txt")
    (folder / "dir").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "again.txt").symlink_to("seen.txt")
    (folder / ".hidden.txt").symlink_to(outside / "secret.txt")
    linked, told, seen = find_files([folder])
    assert (linked.path, told.path) == (str(folder / "dir"), str(folder / "file.txt"))
    assert told.reason.endswith(f"add {outside / 'secret.txt'}")
    assert seen == folder / "seen.txt"
    assert _found([folder / "file.txt"]) == [str(folder / "file.txt")]


@pytest.mark.parametrize(
    "name",
    [
        "nowhere.txt",
        "no/where",
        "x" * 300 + ".txt",
        "x/" * 3000,
        "~nobody-of-that-name/a.txt",
        "a\x00b.txt",
    ],
)
def test_missing_paths(tmp_path, monkeypatch, name):
    """A path that is not there, or can be none, is a failure with its path, not an error."""
    monkeypatch.chdir(tmp_path)
    (failure,) = find_files([name])
    assert isinstance(failure, Failure)
    assert failure.reason.isprintable()


def test_unreadable_folder_is_a_failure(tmp_path, monkeypatch):
    """A folder that may not be listed is a failure; the rest is found."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "b.txt").write_text("One.")
    real = os.scandir

    def scandir(path):  # a superuser is refused nothing
        if str(path).endswith("a"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    closed, found = find_files([tmp_path])
    assert found == tmp_path / "b" / "b.txt"
    assert closed.path == str(tmp_path / "a")
    assert "Permission denied" in closed.reason


def test_pipe_is_no_file(tmp_path):
    """A pipe named .txt is refused at once; nothing waits for it."""
    os.mkfifo(tmp_path / "pipe.txt")
    (failure,) = read(tmp_path / "pipe.txt")
    assert "regular" in failure.reason


def test_file_that_went_away(tmp_path):
    """A file deleted after it was found is a failure."""
    (failure,) = read(tmp_path / "gone.txt")
    assert isinstance(failure, Failure)


HOSTILE_NAMES = [
    *("a\nb.txt", "a\rb.txt", "a\tb.txt", "\x1b[2Jclear.txt", "\x07bell.txt", "a b.txt", " .txt"),
    *("..txt", "...txt", "-rf.txt", "--help.txt", "*.txt", "?.txt", "[a].txt", "{a,b}.txt"),
    *("$HOME.txt", "`id`.txt", "$(id).txt", "a;b.txt", "a&b.txt", "a|b.txt", "a>b.txt", "a<b.txt"),
    *('"quoted".txt', "'quoted'.txt", "a\\b.txt", "%00.txt", "%2e%2e%2f.txt", "~.txt", "#a.txt"),
    *("\U0001f600.txt", "\u202egnp.txt", "\u200b.txt", "\ufeff.txt", "\u2028.txt", "é.txt"),
    *("e\u0301.txt", "日本語.txt", "عربي.txt", "हिन्दी.txt", "a.txt.txt", "a.jsonl.txt", "CON.txt"),
    *("NUL.txt", "aux.txt", "x" * 251 + ".txt", "é" * 125 + ".txt", "a.TxT", "a .txt", "a..txt"),
    *("'; DROP TABLE documents; --.txt", "<script>alert(1)</script>.txt".replace("/", "⁄")),
    *("file:a.txt", "http:a.txt", "@a.txt", "!a.txt", "=1+1.txt", "a%s%n.txt", "{0}.txt", "\\.txt"),
    *("passages-00000001.faiss.txt", "archive.sqlite.txt", "writer.lock.txt"),
]


def test_hostile_names(tmp_path, archive):
    """Files of any name are added, kept under their paths, and found again unchanged."""
    folder = tmp_path / "news"
    folder.mkdir()
    paths = [folder / name for name in HOSTILE_NAMES]
    for number, path in enumerate(paths):
        path.write_text(f"{number} people died.")
    report = archive.add(paths)
    assert (report.added, report.failed) == (len(paths), ())
    kept = {document.path: document.text for document in archive.documents()}
    assert kept == {str(path): f"{n} people died." for n, path in enumerate(paths)}
    assert archive.add([folder], include=["*"]).unchanged >= len(paths) - 4


def test_name_in_no_encoding(tmp_path, archive):
    """A file whose name is no text is added all the same, and has a path that can be shown."""
    folder = tmp_path / "news"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/caf\xe9.txt", "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"Nine people died.")
    (folder / "other.txt").write_text("Ten people died.")
    report = archive.add([folder])
    assert report.added == 2
    for document in archive.documents():
        document.path.encode()
    assert archive.add([folder]).unchanged == 2


def test_everything_wrong_at_once(tmp_path, archive, jsonl):
    """Each wrong thing is one line in `failed` with its path, and everything else is added."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.txt").write_bytes(b"  \n")
    (folder / "picture.txt").write_bytes(_WRONG_KINDS["png"])
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")
    (folder / "table.csv").write_bytes(b"id,title\na,b\n")
    (folder / "lines.jsonl").write_bytes(_record(id="a") + b"{}\n[]\n" + _record(id="b"))
    (folder / "good.txt").write_bytes(b"Ten people died.")
    missing = tmp_path / "missing.txt"
    report = archive.add([missing, folder])
    failed = {(Path(one.path).name, one.line) for one in report.failed}
    assert failed == {
        ("missing.txt", None),
        ("empty.txt", None),
        ("blank.txt", None),
        ("picture.txt", None),
        ("report.pdf", None),
        ("table.csv", None),
        ("lines.jsonl", 2),
        ("lines.jsonl", 3),
    }
    assert all(one.reason.isprintable() for one in report.failed)
    assert report.documents == 3
    assert report.as_json()["failed"][0] == {
        "path": str(missing),
        "reason": "no such file or folder",
    }


_WIDER = {
    "big5": ["cp950"],
    "euc-kr": ["cp949"],
    "gb2312": ["gb18030"],
    "shift_jis": ["cp932"],
    "tis-620": ["cp874"],
}


def _rightly_decoded(raw, folder):
    """What the text may be, by the name of the folder that its file is in."""
    name = re.sub(r"-(?:[a-z]{5,}|sig)$", "", folder.lower()).replace("maccyr", "mac_cyr")
    for encoding in (name, *_WIDER.get(name, [])):
        with contextlib.suppress(LookupError, UnicodeDecodeError):
            yield raw.decode(encoding).removeprefix("\ufeff")


def test_encodings_of_the_test_data(test_data):
    """Of real pages in known encodings nineteen in twenty are decoded as they should be."""
    right, wrong = [], []
    for path in sorted((test_data / "messy" / "encodings" / "tests").glob("*/*")):
        raw = path.read_bytes()
        try:
            text = decode(raw)
        except UnreadableFile as refused:
            text = str(refused)
        is_right = text in _rightly_decoded(raw, path.parent.name)
        (right if is_right else wrong).append(f"{path.parent.name}/{path.name}")
    assert len(right) + len(wrong) > 200
    assert len(right) > 19 * len(wrong), wrong


def test_articles_in_the_encodings_of_their_countries(test_data):
    """Of news articles, without a word on their encoding, nineteen in twenty are decoded right."""
    encodings = {
        **dict.fromkeys(("at", "de", "es", "fr", "it", "no", "se"), "cp1252"),
        "cz": "iso8859_2",
        "jp": "shift_jis",
        "kr": "euc_kr",
        "pl": "cp1250",
        "ru": "cp1251",
        "tr": "cp1254",
        "ua": "koi8_u",
        "uk": "mac_roman",
    }
    right, wrong = 0, []
    for country, encoding in encodings.items():
        for path in sorted((test_data / "messy" / "pages" / country).glob("*.json")):
            for page in json.loads(path.read_text()).values():
                sections = page["body"]["sections"] if page.get("body") else []
                text = "\n\n".join(one for part in sections for one in part["paragraphs"])
                raw = text.encode(encoding, "ignore")
                if raw.isascii():
                    continue
                try:
                    is_right = decode(raw) == raw.decode(encoding)
                except UnreadableFile:
                    is_right = False
                if is_right:
                    right += 1
                else:
                    wrong.append(path.name)
    assert right + len(wrong) > 80
    assert right > 19 * len(wrong), wrong


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso2022_jp", "政府は火曜日、会談が成功したと発表した。\n"),
        ("iso2022_kr", "정부는 화요일 회담이 성공했다고 발표했다.\n"),
        ("hz", "政府星期二宣布会谈取得成功。\n"),
        ("utf-16-le", "政府は火曜日、会談が成功したと発表した。\n"),
        ("utf-16-be", "صرح الرئيس أن المفاوضات ستستمر.\n"),
    ],
)
def test_encodings_told_by_their_bytes(read_bytes, encoding, text):
    """What shifts by escape sequences, or has zero bytes, is told by these."""
    (document,) = read_bytes((text * 3).encode(encoding))
    assert document.text == text * 3


@pytest.mark.parametrize(
    "text",
    [
        "Set ~{x~} to 3, then ~{y~} to 4, and say so.",
        "\x1b[31mNine people\x1b[0m died.",
        "The sign said +AGE- and nothing else.",
    ],
)
def test_ascii_stays_ascii(read_bytes, text):
    """ASCII that resembles escape sequences is read as it stands."""
    (document,) = read_bytes(text.encode())
    assert document.text == text


_PAGE = "<html><head><meta {}></head><body><p>Élysée, 5 €, naïve: {}</p></body></html>"


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('charset="iso-8859-15"', "iso8859_15"),
        ("charset=macintosh", "mac_roman"),
        ('http-equiv="Content-Type" content="text/html; charset=windows-1252"', "cp1252"),
        ('charset="x-sjis"', "shift_jis"),
        ('charset="utf-8"', "utf-8"),
    ],
)
def test_declared_encoding_counts_first(declaration, encoding):
    """What a page declares counts before any guess, where the bytes fit."""
    page = _PAGE.format(declaration, "brève")
    if encoding == "shift_jis":
        page = page.replace("Élysée, 5 €, naïve: brève", "ｶﾀｶﾅ")
    assert decode(page.encode(encoding)) == page


@pytest.mark.parametrize("name", ["rot13", "utf-7", "unicode_escape", "nonsense", "utf-16", "hex"])
def test_declaration_of_nonsense(name):
    """A declaration of what is no encoding, or one that nobody means, changes nothing."""
    page = _PAGE.format(f"charset={name}", "+AGE- \\u0041")
    assert decode(page.encode()) == page


def test_declaration_that_the_bytes_contradict():
    """A page that is UTF-8 is read so, whatever single-byte encoding it declares."""
    page = _PAGE.format("charset=iso-8859-1", "brève")
    assert decode(page.encode()) == page


def test_xml_declaration():
    """XML says its encoding on its first line."""
    page = '<?xml version="1.0" encoding="IBM866"?>\n<p>Президент</p>'
    assert decode(page.encode("cp866")) == page


def test_a_few_wrong_bytes_may_be_replaced():
    """A page of which a byte is wrong is refused, or on request read as browsers do."""
    raw = ("Die Gespräche über Österreich. " * 20).encode() + b"\xff"
    with pytest.raises(UnreadableFile, match="utf-8"):
        decode(raw)
    assert decode(raw, errors="replace").endswith("Österreich. \ufffd")


def test_pounds_are_no_polish_letter():
    """What a detector takes for Polish because of its £ is English."""
    text = "The minister, Zoë, said: it costs £5m, or £10 a head. She paid £3 for it herself. " * 3
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"Hello \x81\x8d\x8f\x90\x9d world, this is bad \xff\xfd.",
        b"caf\xc3\x28 \xa0\xa1 \xe2\x28\xa1 \xf0\x28\x8c\xbc text here",
        bytes(range(128, 160)) * 20,
        bytes(128 + byte % 32 for byte in random.Random(3).randbytes(500)),
        bytes(32 + byte % 224 for byte in random.Random(3).randbytes(500)),
    ],
)
def test_bytes_in_no_encoding_are_refused(tmp_path, raw):
    """Bytes that are no language in any encoding that news was written in are no article."""
    path = tmp_path / "bytes.txt"
    path.write_bytes(raw)
    (failure,) = read(path)
    assert failure.reason == "its bytes fit no encoding that is known; save it as UTF-8"
