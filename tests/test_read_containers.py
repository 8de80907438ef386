"""Files that hold files: zip, gzip and web archives."""

import datetime as dt
import gzip
import io
import struct
import zipfile
import zlib

import pytest

from index.datatypes import Document, Failure
from index.read import Source, read
from index.read.warc import read_warc
from index.read.zip import read_zip

TEXT = "Gunmen attacked the town.\n"


@pytest.fixture(name="file")
def _file(tmp_path):
    """A function that writes a file."""

    def write(raw, name="crawl.zip"):
        path = tmp_path / name
        path.write_bytes(raw)
        return path

    return write


def zip_of(*members):
    """A zip file of `(name or ZipInfo, bytes)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, raw in members:
            file.writestr(name, raw)
    return out.getvalue()


def outcomes(path):
    """Of each thing read: the end of its path, and its text or why it has none."""
    return [
        (
            found.path.removeprefix(str(path)),
            found.text if isinstance(found, Document) else found.reason,
        )
        for found in read(path)
    ]


# zip


def test_files_of_a_zip_are_read_by_name(file):
    """Each file is an article whose path goes through the zip's; folders make no difference."""
    path = file(zip_of(("b.txt", "Two."), ("2019/a.txt", "One."), ("2019/", "")))
    assert outcomes(path) == [("/2019/a.txt", "One."), ("/b.txt", "Two.")]


def test_articles_of_a_zip_have_ids_of_their_own(file):
    """Two files of one zip are two articles, and the same ones when the zip is read again."""
    path = file(zip_of(("a.txt", "One."), ("b.txt", "Two.")))
    first = [found.id for found in read(path)]
    assert len(set(first)) == 2
    assert [found.id for found in read(path)] == first


def test_the_name_of_a_member_dates_it(file):
    """A date in the name of a file in a zip is its date."""
    (document,) = read(file(zip_of(("2019-11-25 Tazerbo.txt", TEXT))))
    assert document.published == dt.date(2019, 11, 25)


@pytest.mark.parametrize("name", ["__MACOSX/a.txt", ".DS_Store", "news/.hidden/a.txt"])
def test_hidden_files_of_a_zip_are_left_out(file, name):
    """What a computer put there for itself is not read."""
    assert outcomes(file(zip_of(("a.txt", TEXT), (name, "x")))) == [("/a.txt", TEXT)]


def _link():
    info = zipfile.ZipInfo("passwords.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../../etc/cron.txt", "its name leads out of the zip file"),
        ("a/../../b.txt", "its name leads out of the zip file"),
        ("..\\b.txt", "its name leads out of the zip file"),
        ("/etc/passwd", "its name is an absolute path"),
        ("C:\\news.txt", "its name is an absolute path"),
        (_link(), "is a link, not a file"),
        ("zeros.txt", "unpacks to more than 100 times its size, as bombs do"),
    ],
)
def test_what_a_zip_must_not_hold_is_named(file, member, reason):
    """A member that must not be is reported by its name, and the others are read."""
    raw = bytes(2_000_000) if member == "zeros.txt" else b"/etc/passwd"
    found = outcomes(file(zip_of((member, raw), ("z.txt", TEXT))))
    assert ("/z.txt", TEXT) in found
    ((path, said),) = [one for one in found if one[1] != TEXT]
    assert said == reason
    name = member if isinstance(member, str) else member.filename
    assert path.endswith(name.replace("\\", "/").lstrip("/"))


_LEADS_OUT = [
    *("../a.txt", "../../../../etc/cron.d/a", "a/../../b.txt", "a/..", "..", "../", "..\\a.txt"),
    *("a\\..\\..\\b.txt", "a/..\\b.txt", "./../a.txt", "a//../b.txt", "\\..\\a.txt", "/../a.txt"),
    *(" /../a.txt", "C:..\\..\\a.txt", "\u202e/../a.txt"),
]
_ABSOLUTE = [
    *("/etc/passwd", "//server/share/a.txt", "\\\\server\\share\\a.txt", "\\a.txt", "C:\\a.txt"),
    *("c:/a.txt", "\\\\?\\C:\\a.txt", "/", "/~/a.txt", "/proc/self/environ", "/dev/stdin"),
]
_STRANGE = [
    *("~/a.txt", "~root/a.txt", "a...", "a.../a.txt", "a...txt", "%2e%2e/a.txt", "a/%2e%2e%2f.txt"),
    *("․․/a.txt", "a/\u2215etc", "CON", "NUL.txt", "-rf", "$(id).txt", "`id`", "a\nb.txt"),
    *("\x1b[2Ja.txt", "\u202etxt.a", "\u200b", "\ufeffa.txt", "x" * 5000, "a/" * 500 + "b.txt"),
    *(
        "file:a",
        "http:a",
        "archive.sqlite",
        "writer.lock",
        "a.txt:stream",
        "<b>a</b>",
        "a" + " " * 9,
    ),
]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (_LEADS_OUT, "its name leads out of the zip file"),
        (_ABSOLUTE, "its name is an absolute path"),
        (_STRANGE, None),
    ],
    ids=["out", "absolute", "strange"],
)
def test_hostile_paths_in_a_zip(file, tmp_path, names, reason):
    """Each is refused or read, shown within the zip file in printable text; nothing is written."""
    path = file(zip_of(*((name, TEXT) for name in names)))
    found = list(read(path))
    said = {one.text if isinstance(one, Document) else one.reason for one in found}
    assert said == {reason or TEXT}
    assert all(one.path.startswith(f"{path}/") and one.path.isprintable() for one in found)
    if not reason:
        assert len({one.id for one in found}) == len(names)
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_there_twice(file):
    """Of two members with one name the first is read, and the other reported."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = zip_of(("a.txt", "One."), ("a.txt", "Two."))
    assert outcomes(file(raw)) == [("/a.txt", "One."), ("/a.txt", "is there twice")]


def test_an_encrypted_member(file):
    """A member with a password is reported, and the others are read."""
    raw = bytearray(zip_of(("a.txt", "One."), ("b.txt", "Two.")))
    raw[6] |= 1
    raw[raw.index(b"PK\1\2") + 8] |= 1
    assert outcomes(file(bytes(raw))) == [
        ("/a.txt", "is encrypted; unpack it with its password first"),
        ("/b.txt", "Two."),
    ]


def test_a_damaged_member(file):
    """A member whose bytes are not the ones that were packed is reported."""
    raw = zip_of(("a.txt", TEXT * 9), ("b.txt", "Two."))
    place = raw.index(b"a.txt") + 8
    damaged = raw[:place] + b"\xff\xff" + raw[place + 2 :]
    (_, said), other = outcomes(file(damaged))
    assert said.startswith("is damaged: ")
    assert other == ("/b.txt", "Two.")


def test_a_way_of_packing_that_is_not_known(file):
    """A member packed in another way is reported with what to do."""
    raw = bytearray(zip_of(("a.txt", TEXT)))
    raw[8] = raw[raw.index(b"PK\1\2") + 10] = 97
    assert outcomes(file(bytes(raw))) == [
        ("/a.txt", "is packed in a way that cannot be read; unpack it first")
    ]


def test_a_cut_off_zip(file):
    """A zip file without its end is reported as a whole."""
    ((path, said),) = outcomes(file(zip_of(("a.txt", TEXT))[:-10]))
    assert path == ""
    assert said.startswith("the zip file is damaged: ")


def test_an_empty_zip(file):
    """A zip file without files is reported."""
    assert outcomes(file(zip_of())) == [("", "the zip file holds no files")]


def test_a_zip_of_too_many_files(file):
    """More than 2,000 members are refused before any is read."""
    raw = zip_of(*((f"{number}.txt", b"") for number in range(2001)))
    assert outcomes(file(raw)) == [("", "holds more than 2000 files; unpack it first")]


def test_zips_within_share_what_a_zip_may_hold(file):
    """The files of the zips in a zip count together."""
    inner = zip_of(*((f"{number}.txt", b"x") for number in range(900)))
    found = outcomes(file(zip_of(*((f"{number}.zip", inner) for number in range(3)))))
    assert sum(said == "x" for _, said in found) == 1800
    assert found[-1] == ("/2.zip", "holds more than 2000 files; unpack it first")


def test_a_zip_of_too_many_bytes(file):
    """More than 100 MB are refused before any is read."""
    raw = zip_of(*((f"{number}.txt", bytes(21_000_000)) for number in range(5)))
    assert outcomes(file(raw)) == [("", "unpacks to more than 100 MB; unpack it first")]


def test_bytes_that_are_packed_twice(file):
    """Members that share their packed bytes are refused, as only bombs have them."""
    raw = zip_of(("a.txt", TEXT), ("b.txt", TEXT))
    second = raw.rindex(b"PK\1\2") + 42
    (_, said), *more = outcomes(file(raw[:second] + struct.pack("<L", 0) + raw[second + 4 :]))
    assert said == "packs the same bytes twice, in 'a.txt' and 'b.txt'"
    assert not more


def test_a_zip_in_a_zip(file):
    """Zips are read through each other, three deep and no deeper."""
    raw = zip_of(("a.txt", TEXT))
    for _ in range(2):
        raw = zip_of(("inner.zip", raw))
    path = file(raw)
    assert outcomes(path) == [("/inner.zip/inner.zip/a.txt", TEXT)]
    path = file(zip_of(("inner.zip", zip_of(("inner.zip", raw)))))
    ((_, said),) = outcomes(path)
    assert said == "a file within a file within a file; unpack it first"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ((("[Content_Types].xml", ""), ("xl/workbook.xml", "")), "a spreadsheet; save it as .csv"),
        (
            (("[Content_Types].xml", ""), ("ppt/presentation.xml", "")),
            "a presentation; save it as .docx or .txt",
        ),
        (
            (("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("a", "")),
            "a spreadsheet; save it as .csv",
        ),
        (
            (("mimetype", "application/epub+zip"), ("a.xhtml", "")),
            "an e-book; save it as .html or .txt",
        ),
        (
            (("Index/Document.iwa", ""), ("preview.jpg", "")),
            "an iWork document; export it as .docx",
        ),
    ],
)
def test_office_files_that_hold_no_article(file, members, reason):
    """What is told by its parts to be no text is refused with what to do, whatever its name."""
    assert outcomes(file(zip_of(*members), "article.docx")) == [("", reason)]


def test_members_are_yielded_one_at_a_time(file):
    """A zip's reader gives a file before it unpacks the next."""
    members = read_zip(Source.of(file(zip_of(("a.txt", TEXT), ("b.txt", TEXT)))))
    first = next(members)
    assert isinstance(first, Source)
    assert first.read() == TEXT.encode()


@pytest.mark.parametrize("when", [(1980, 1, 1, 0, 0, 0), (2019, 11, 25, 7, 30, 0)])
def test_when_a_zip_was_packed_makes_no_difference(file, when):
    """The times of its members are nobody's: the same articles, with the same ids, undated."""
    names = ("a.txt", "b.jsonl", "c.html")
    raws = (TEXT, '{"text": "One."}\n{"text": "Two."}\n', f"<article><p>{TEXT * 9}</p></article>")
    first = list(read(file(zip_of(*zip(names, raws, strict=True)))))
    members = [zipfile.ZipInfo(name, when) for name in names]
    assert list(read(file(zip_of(*zip(members, raws, strict=True))))) == first
    assert len({one.id for one in first}) == 4
    assert {one.published for one in first} == {None}


# gzip


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.txt.gz", TEXT.encode()),
        ("a.jsonl.gz", b'{"text": "One."}\n{"text": "Two."}\n'),
        ("a.zip.gz", zip_of(("a.txt", TEXT), ("b.txt", TEXT))),
    ],
    ids=["text", "lines", "zip"],
)
@pytest.mark.parametrize("when", [1, 1_574_640_000, 2**32 - 1])
def test_when_a_file_was_packed_makes_no_difference(file, name, raw, when):
    """The time in gzip's header is nobody's: the same articles, with the same ids, undated."""
    first = list(read(file(gzip.compress(raw, mtime=0), name)))
    assert list(read(file(gzip.compress(raw, mtime=when), name))) == first
    assert {one.published for one in first} == {None}


def test_gzip_is_read_under_the_name_within(file):
    """The file within has the name without `.gz`, by which its kind is told, and its date."""
    path = file(gzip.compress(b'{"text": "One."}\n{"text": "Two."}\n'), "2019-11-25.jsonl.gz")
    assert outcomes(path) == [
        ("/2019-11-25.jsonl", "One."),
        ("/2019-11-25.jsonl", "Two."),
    ]


def test_gzip_of_many_members(file):
    """Members one after another are one file, zeros between them or not."""
    path = file(gzip.compress(b"One, ") + bytes(9) + gzip.compress(b"two."), "a.txt.gz")
    assert outcomes(path) == [("/a.txt", "One, two.")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            gzip.compress(TEXT.encode() * 99, mtime=0)[:-30],
            "the packed file is damaged: it is cut off",
        ),
        (
            gzip.compress(bytes(110_000_000), 1, mtime=0)[:-1],
            "unpacks to more than 100 times its size, as bombs do",
        ),
        (gzip.compress(b"", mtime=0), "the file is empty"),
    ],
)
def test_gzip_that_is_not_read(file, raw, reason):
    """A cut off file, a bomb, and a file of nothing are reported."""
    ((_, said),) = outcomes(file(raw, "a.txt.gz"))
    assert said == reason


def test_gzip_of_more_than_a_file_may_be(file):
    """More than 100 MB are refused, however little they were packed."""
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    raw = packer.compress(bytes(100_000_001)) + packer.flush()
    assert outcomes(file(raw, "a.txt.gz")) == [("", "unpacks to more than 100 MB; unpack it first")]


# WARC


def warc_record(body=b"Nine dead.", *, kind=b"text/plain", status=b"200 OK", url=b"", **headers):
    """A response record."""
    more = b"".join(
        f"{name.replace('_', '-')}: {value}\r\n".encode() for name, value in headers.items()
    )
    http = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\n" + more + b"\r\n" + body
    return raw_record(http, url=url or b"https://example.org/news/a")


def raw_record(
    block, *, kind=b"response", url=b"https://example.org/news/a", length=None, more=b""
):
    length = len(block) if length is None else length
    return (
        b"WARC/1.0\r\nWARC-Type: " + kind + b"\r\nWARC-Target-URI: " + url + b"\r\n"
        b"WARC-Date: 2019-11-25T23:30:00Z\r\n" + more
        + b"Content-Length: %d\r\n\r\n" % length + block + b"\r\n\r\n"
    )  # fmt: skip


@pytest.fixture(name="saved")
def _saved(file):
    """A function that reads a WARC: the bytes of each record that may be an article, or why not."""

    def saved(raw, name="crawl.warc"):
        found = list(read_warc(Source.of(file(raw, name))))
        return [one.reason if isinstance(one, Failure) else one.read() for one in found]

    return saved


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_record_knows_where_and_when_it_was_retrieved(file, packed):
    """The address and the day of a record are its article's."""
    raw = warc_record()
    path = file(gzip.compress(raw) if packed else raw, "crawl.warc.gz" if packed else "crawl.warc")
    (document,) = read(path)
    assert document.text == "Nine dead."
    assert document.url == "https://example.org/news/a"
    assert document.retrieved == dt.date(2019, 11, 25)
    assert document.published is None
    assert document.path == f"{path}/https://example.org/news/a"
    assert document.origins["url"] == "web archive"


@pytest.mark.parametrize("when", [1, 1_574_640_000, 2**32 - 1])
def test_when_a_web_archive_was_packed_makes_no_difference(file, when):
    """The times in its members' headers are nobody's: the same articles, with the same ids."""
    records = [warc_record(url=b"https://example.org/%d" % number) for number in range(3)]

    def found(when):
        packed = b"".join(gzip.compress(one, mtime=when) for one in records)
        return list(read(file(packed, "crawl.warc.gz")))

    first = found(0)
    assert found(when) == first
    assert len({one.id for one in first}) == 3
    assert {(one.published, one.retrieved) for one in first} == {(None, dt.date(2019, 11, 25))}


@pytest.mark.parametrize(
    "record",
    [
        warc_record(status=b"404 Not Found"),
        warc_record(status=b"301 Moved"),
        warc_record(kind=b"image/png"),
        warc_record(kind=b"text/css"),
        warc_record(kind=b"application/javascript"),
        warc_record(url=b"https://example.org/robots.txt"),
        raw_record(b"GET / HTTP/1.1\r\n\r\n", kind=b"request"),
        raw_record(b"software: a crawler", kind=b"warcinfo", url=b""),
        raw_record(
            b"{}", kind=b"resource", url=b"urn:pageinfo:a", more=b"Content-Type: text/plain\r\n"
        ),
    ],
)
def test_records_that_are_no_articles(saved, record):
    """Errors, redirects, pictures, styles, and what a crawler notes for itself are passed over."""
    assert saved(record + warc_record()) == [b"Nine dead."]


@pytest.mark.parametrize(
    "kind", [b"text/html; charset=utf-8", b"application/pdf", b"APPLICATION/JSON"]
)
def test_records_that_may_be_articles(saved, kind):
    """Pages, PDFs and JSON are handed on as they are."""
    assert saved(warc_record(kind=kind)) == [b"Nine dead."]


def test_a_resource_is_an_article(saved):
    """A record that no server sent, with the type that it says it has."""
    record = raw_record(b"Nine.", kind=b"resource", more=b"Content-Type: text/plain\r\n")
    assert saved(record) == [b"Nine."]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(b"Nine dead.", mtime=0), {"Content_Encoding": "gzip"}),
        (zlib.compress(b"Nine dead."), {"Content_Encoding": "Deflate"}),
        (b"5\r\nNine \r\n5\r\ndead.\r\n0\r\n\r\n", {"Transfer_Encoding": "Chunked"}),
    ],
)
def test_a_body_is_unpacked(saved, body, headers):
    """What was packed or sent in parts is put together again."""
    assert saved(warc_record(body, **headers)) == [b"Nine dead."]


def test_a_body_packed_in_an_unknown_way(saved):
    """It is reported with the name of the way."""
    (reason,) = saved(warc_record(b"...", Content_Encoding="exi"))
    assert reason == "is packed as exi, which cannot be unpacked"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_body_longer_than_an_article(saved, packed):
    """It is reported, and the next record is read."""
    body = b"x" * 10_000_001
    record = (
        warc_record(gzip.compress(body), Content_Encoding="gzip") if packed else warc_record(body)
    )
    reason, other = saved(record + warc_record())
    assert "longer than the 10 MB" in reason
    assert other == b"Nine dead."


@pytest.mark.parametrize("more", [-5, 30], ids=["too short", "too long"])
def test_a_record_of_another_length_than_it_says(saved, more):
    """It is reported, not taken for whole, and a record after it is read."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nNine dead.\nTen\n"
    wrong = raw_record(block, length=len(block) + more)
    found = saved(warc_record() + wrong + warc_record() * 2)
    assert found[0] == found[-1] == b"Nine dead."
    assert found[1] == "is cut off, or of another length than the file says"


def test_a_record_that_is_cut_off(saved):
    """The last record of a file that ends too soon is reported."""
    assert saved(warc_record() + warc_record(b"x" * 500)[:-200]) == [
        b"Nine dead.",
        "is cut off, or of another length than the file says",
    ]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_reading_goes_on_after_damage(saved, packed):
    """What is no record is reported with its place, and the records after it are read."""
    pack = gzip.compress if packed else bytes
    good, bad = pack(warc_record()), pack(b"WORC/1.0 nonsense\r\n\r\n")
    first, reason, other = saved(good + bad + good, "a.warc.gz" if packed else "a.warc")
    assert first == other == b"Nine dead."
    assert reason.startswith(f"the record at byte {len(good)} is damaged: ")


def test_reading_goes_on_after_a_damaged_member(saved):
    """A member of a packed file that cannot be unpacked costs no other."""
    good = gzip.compress(warc_record())
    bad = bytearray(gzip.compress(warc_record(bytes(range(256)) * 9)))
    bad[60:80] = b"\xff" * 20
    first, reason, other = saved(good + bytes(bad) + good, "a.warc.gz")
    assert first == other == b"Nine dead."
    assert reason.startswith(f"the record at byte {len(good)} is damaged: ")


def test_a_record_without_length(saved):
    """It is reported, and the next is read."""
    bad = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\n\r\nNine dead.\r\n\r\n"
    reason, other = saved(bad + warc_record())
    assert reason == "the record at byte 0 is damaged: its length is missing"
    assert other == b"Nine dead."


def test_records_packed_together(saved):
    """A file packed as a whole is read as one packed record by record is."""
    assert saved(gzip.compress(warc_record() * 3), "a.warc.gz") == [b"Nine dead."] * 3


def test_an_arc_file(saved):
    """What crawlers wrote before there was WARC is read."""
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nNine dead."
    note = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://a.arc 127.0.0.1 20140216050221 text/plain %d\n" % len(note) + note
    raw = head + b"\nhttp://example.org/ 10.0.0.1 20140216050221 text/plain %d\n" % len(body) + body
    assert saved(raw + b"\n", "a.arc") == [b"Nine dead."]


def test_a_web_archive_without_articles(saved, file):
    """That nothing in it can be read is said."""
    path = file(warc_record(kind=b"image/png"), "a.warc")
    assert outcomes(path) == [("", "the web archive holds no page, text, PDF or JSON")]


def test_every_test_archive_is_read_or_reported(test_data):
    """Damaged or not, each of warcio's files is read or reported in plain words."""
    found = sorted((test_data / "messy" / "warc" / "test").rglob("*arc*"))
    paths = [path for path in found if path.is_file()]
    assert len(paths) > 10
    for path in paths:
        found = list(read(path))
        assert found, path
        reasons = [one.reason for one in found if isinstance(one, Failure)]
        assert not any("cannot be read as" in reason for reason in reasons), path
