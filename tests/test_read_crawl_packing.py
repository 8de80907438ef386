"""Pages and crawls as they are packed today: Brotli and zstd, with a dictionary or without."""

import gzip
import zlib

import brotli
import pytest
import zstandard

from index.datatypes import Failure
from index.read import read
from index.read.source import Source
from index.read.warc import read_warc

PAGE = (
    "<!doctype html><html><head><title>Flamingos counted</title></head><body><article>"
    "<h1>Flamingos counted</h1><p>"
    + "".join(f"Volunteer {n} counted {n * 7} flamingos on the salt lake. " for n in range(60))
    + "</p></article></body></html>"
).encode()


def record(body=b"Nine dead.", *, coding="", address="https://example.org/a", more=b""):
    """A page as it was sent, in the record of its retrieval."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n" + more
    if coding:
        head += f"Content-Encoding: {coding}\r\n".encode()
    block = head + b"\r\n" + body
    return (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\n"
        "WARC-Date: 2021-06-01T10:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    ).encode() + block + b"\r\n\r\n"  # fmt: skip


def chunked(body, size=100):
    """A body as it is sent in parts."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACK = {
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd, of unknown length": zstandard.ZstdCompressor(write_content_size=False).compress,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate, without a header": raw_deflate,
}


@pytest.fixture(name="found")
def _found(tmp_path):
    """A function that reads a crawl: the bytes of each record, or why it cannot be read."""

    def found(raw, name="crawl.warc"):
        path = tmp_path / name
        path.write_bytes(raw)
        things = list(read_warc(Source.of(path)))
        return [one.reason if isinstance(one, Failure) else one.read() for one in things]

    return found


# Pages


@pytest.mark.parametrize("way", PACK)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["whole", "in parts"])
def test_a_packed_page_is_read(found, way, is_chunked):
    """Each way that servers pack pages in, sent whole or in parts; and the record after it."""
    body, more = PACK[way](PAGE), b""
    if is_chunked:
        body, more = chunked(body), b"Transfer-Encoding: chunked\r\n"
    packed = record(body, coding=way.partition(",")[0], more=more)
    assert found(packed + record()) == [PAGE, b"Nine dead."]


def test_the_article_of_a_packed_page(tmp_path):
    """It is found as that of any page is, with its title and address."""
    path = tmp_path / "crawl.warc"
    path.write_bytes(record(brotli.compress(PAGE), coding="BR "))
    (document,) = read(path)
    assert (document.title, document.url) == ("Flamingos counted", "https://example.org/a")
    assert "Volunteer 59 counted 413 flamingos on the salt lake." in document.text


def test_a_page_that_was_packed_twice(found):
    """The last way is undone first."""
    body = brotli.compress(gzip.compress(PAGE))
    assert found(record(body, coding="gzip, br")) == [PAGE]


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip", "deflate"])
def test_a_page_that_is_not_packed_though_it_says_so(found, coding):
    """Some crawlers unpack what they save, and keep the header."""
    assert found(record(PAGE, coding=coding) + record()) == [PAGE, b"Nine dead."]


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip", "deflate"])
def test_a_packed_page_that_is_cut_off(found, coding):
    """It is reported, and not taken for a shorter page; the next is read."""
    body = PACK[coding](PAGE)
    reason, other = found(record(body[: len(body) // 2], coding=coding) + record())
    assert reason == f"is packed as {coding}, and damaged: it is cut off"
    assert other == b"Nine dead."


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip", "deflate"])
def test_a_packed_page_that_is_damaged(found, coding):
    """It is reported, and the next is read."""
    body = bytearray(PACK[coding](PAGE))
    body[20:60] = bytes(range(40))
    reason, other = found(record(bytes(body), coding=coding) + record())
    assert reason.startswith(f"is packed as {coding}, and damaged: ")
    assert other == b"Nine dead."


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip", "deflate"])
def test_a_packed_page_longer_than_an_article(found, coding):
    """However small it is packed."""
    reason, other = found(record(PACK[coding](bytes(10_000_001)), coding=coding) + record())
    assert reason == "is longer than the 10 MB of one article"
    assert other == b"Nine dead."


@pytest.mark.parametrize("coding", ["compress", "dcb", "br, br, br, br"])
def test_other_ways_are_reported(found, coding):
    """Ways that are not known, and too many of those that are."""
    reason, other = found(record(PAGE, coding=coding) + record())
    assert reason == f"is packed as {coding}, which cannot be unpacked"
    assert other == b"Nine dead."


# Crawls


def pages(count):
    return [
        record(PAGE.replace(b"Volunteer", b"Helper %d" % n), address=f"https://example.org/{n}")
        for n in range(count)
    ]


def trained():
    return zstandard.train_dictionary(4096, [one[start:] for one in pages(40) for start in (0, 90)])


def skippable(raw, number=0x5D):
    """A frame that holds no text: of this number, a dictionary."""
    return bytes([number]) + b"\x2a\x4d\x18" + len(raw).to_bytes(4, "little") + raw


def test_a_crawl_packed_record_by_record(tmp_path):
    """As Heritrix and Zeno write them: each record is a frame."""
    packer = zstandard.ZstdCompressor()
    path = tmp_path / "crawl.warc.zst"
    path.write_bytes(b"".join(map(packer.compress, pages(3))))
    documents = list(read(path))
    assert [one.url for one in documents] == [f"https://example.org/{n}" for n in range(3)]
    assert documents[0].path == f"{path}/https://example.org/0"


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "packed"])
def test_a_crawl_with_a_dictionary(found, is_packed):
    """It stands at the beginning, packed itself or not, and unpacks every record."""
    dictionary = trained()
    packer = zstandard.ZstdCompressor(dict_data=dictionary)
    given = dictionary.as_bytes()
    if is_packed:
        given = zstandard.ZstdCompressor().compress(given)
    frames = b"".join(map(packer.compress, pages(3)))
    assert len(frames) < sum(map(len, pages(3))) / 5
    texts = found(skippable(given) + frames, "crawl.warc.zst")
    assert texts == [PAGE.replace(b"Volunteer", b"Helper %d" % n) for n in range(3)]


def test_a_crawl_whose_dictionary_is_elsewhere(tmp_path):
    """What it lacks is said."""
    packer = zstandard.ZstdCompressor(dict_data=trained())
    path = tmp_path / "crawl.warc.zst"
    path.write_bytes(b"".join(map(packer.compress, pages(2))))
    (failure,) = read(path)
    assert "needs a dictionary that is not in the file" in failure.reason


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (skippable(b"\x28\xb5\x2f\xfd" + b"\xff" * 40), "its dictionary is damaged"),
        (skippable(b"x" * 100)[:50], "its dictionary is cut off"),
        (b"\x5d\x2a\x4d\x18\xff\xff\xff\xff", "its dictionary is longer than 10 MB"),
    ],
)
def test_a_dictionary_that_cannot_be_read(tmp_path, head, reason):
    """Damaged, cut off, or too long to be one."""
    path = tmp_path / "crawl.warc.zst"
    path.write_bytes(head)
    (failure,) = read(path)
    assert reason in failure.reason


@pytest.mark.parametrize("dictionary", [None, trained()], ids=["plain", "dictionary"])
def test_reading_goes_on_after_a_damaged_frame(found, dictionary):
    """It costs no other record."""
    packer = zstandard.ZstdCompressor(dict_data=dictionary, write_checksum=True)
    head = skippable(dictionary.as_bytes()) if dictionary else b""
    good = [packer.compress(record(body)) for body in (b"Nine dead.", b"Ten dead.")]
    bad = bytearray(packer.compress(record(bytes(range(256)) * 9)))
    bad[30:60] = b"\xff" * 30
    first, reason, other = found(head + good[0] + bytes(bad) + good[1], "a.warc.zst")
    assert (first, other) == (b"Nine dead.", b"Ten dead.")
    assert reason.startswith(f"the record at byte {len(head) + len(good[0])} is damaged: ")


def test_a_crawl_that_is_cut_off(found):
    """What is whole of it is read."""
    packer = zstandard.ZstdCompressor()
    good, bad = packer.compress(record()), packer.compress(record(PAGE))
    first, reason = found(good + bad[:-20], "a.warc.zst")
    assert first == b"Nine dead."
    assert "cut off" in reason


def test_a_record_longer_than_one_read(found):
    """Nothing of it is lost between what zstd gives out at a time and what is asked for."""
    body = b"".join(b"%d flamingos.\n" % n for n in range(300_000))
    packer = zstandard.ZstdCompressor(write_content_size=False)
    assert found(packer.compress(record(body)), "a.warc.zst") == [body]


def test_any_file_that_is_packed_with_zstd(tmp_path):
    """It is read under the name within; several frames, and notes between them, are one file."""
    packer = zstandard.ZstdCompressor()
    frames = [
        packer.compress(b'{"text": "Nine died."}\n'),
        packer.compress(b'{"text": "Ten fled."}'),
    ]
    path = tmp_path / "wire.jsonl.zst"
    path.write_bytes(skippable(b"a note", 0x50).join([b"", *frames]))
    documents = list(read(path))
    assert [one.text for one in documents] == ["Nine died.", "Ten fled."]
    assert documents[0].path == f"{path}/wire.jsonl"
