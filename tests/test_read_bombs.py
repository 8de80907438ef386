"""Files that are made to hurt whoever opens them: each is reported or read, and the next is read.

All are read as `add` reads them, by processes of their own, whose memory and time are measured.
"""

import base64
import contextlib
import gzip
import io
import shutil
import struct
import sys
import threading
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import brotli
import docx
import pytest
import zstandard

from index.datatypes import Document, Failure, Silent
from index.read import read_all

MB = 1_000_000
MOST_BYTES = 512 * MB
MOST_SECONDS = 30
NEXT = "The file after it is read.\n"

_BOMBS = {}


def bomb(name, reason=""):
    """Register a function that makes a file.

    Args:
        name: the file's.
        reason: a part of what is said of it; empty where it is read, None where either is right.
    """

    def register(make):
        _BOMBS[name] = (make, reason)
        return make

    return register


def zeros(megabytes):
    """A raw deflate stream of so many megabytes of zeros, made in no time of one block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


ZSTD = b"\x28\xb5\x2f\xfd\x00\x58"  # a frame of unknown length, looking back 2 MB
ZSTD_ZEROS = (1 << 1 | 131_072 << 3).to_bytes(3, "little") + b"\0"  # a block: one byte, repeated
ZSTD_END = b"\x01\0\0"


def zstd_zeros(megabytes):
    """A zstd frame of about so many megabytes of zeros, four bytes for each block of them."""
    return ZSTD + ZSTD_ZEROS * (megabytes * MB // 131_072) + ZSTD_END


def zip_of(*members, method=zipfile.ZIP_DEFLATED):
    """A zip file of `(name, bytes)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, raw in members:
            file.writestr(name, raw)
    return out.getvalue()


def raw_zip(*members):
    """A zip file of `(name, packed bytes, declared size)`, whatever these say of each other."""
    out, directory = b"", b""
    for name, packed, size in members:
        fields = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, 0, len(packed), size, len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 20) + fields
        directory += struct.pack("<3H2L", 0, 0, 0, 0, len(out)) + name.encode()
        out += b"PK\3\4" + fields + name.encode() + packed
    count = len(members)
    end = struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + b"PK\5\6" + end


def gzip_of(packed):
    """A gzip file of a raw deflate stream; its checksum comes too late to matter."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\3" + packed + bytes(8)


# zip and gzip


@bomb("flat.zip", "unpacks to more than 100 MB")
def _():
    return raw_zip(("news.txt", zeros(10_000), 2**32 - 2))


@bomb("understated.zip", "is damaged: Bad CRC-32")
def _():
    return raw_zip(("news.txt", zeros(10_000), 1000))


@bomb("many-ratio.zip", "unpacks to more than 100 times its size")
def _():
    return raw_zip(*((f"{number}.txt", zeros(5), 5 * MB) for number in range(15)))


@bomb("nested.zip", "holds more than 2000 files")
def _():
    raw = raw_zip(("news.txt", zeros(90), 90 * MB))
    for level in range(8):
        raw = zip_of(*((f"{level}-{number}.zip", raw) for number in range(8)))
    return raw


@bomb("deep.zip", "a file within a file within a file")
def _():
    raw = zip_of(("news.txt", NEXT))
    for _level in range(200):
        raw = zip_of(("inner.zip", raw), method=zipfile.ZIP_STORED)
    return raw


@bomb("overlapping.zip", "packs the same bytes twice")
def _():
    kernel = raw_zip(("0.txt", zeros(1), MB))
    entry = kernel.index(b"PK\1\2")
    end = kernel.index(b"PK\5\6")
    directory = b"".join(
        kernel[entry:end].replace(b"0.txt", f"{number % 10}.txt".encode()) for number in range(90)
    )
    size = struct.pack("<HHLLH", 90, 90, len(directory), entry, 0)
    return kernel[:entry] + directory + kernel[end : end + 8] + size


@bomb("members.zip", "holds more than 2000 files")
def _():
    return raw_zip(*((f"{number}.txt", b"\3\0", 0) for number in range(3000)))


@bomb("lzma.zip", "unpacks to more than 100 times its size")
def _():
    return zip_of(("news.txt", bytes(30 * MB)), method=zipfile.ZIP_LZMA)


@bomb("bzip2.zip", "unpacks to more than 100 times its size")
def _():
    return zip_of(("news.txt", bytes(30 * MB)), method=zipfile.ZIP_BZIP2)


@bomb("flat.txt.gz", "unpacks to more than 100 times its size")
def _():
    return gzip_of(zeros(10_000))


@bomb("nested.txt.gz.gz.gz", "unpacks to more than 100 times its size")
def _():
    return gzip.compress(gzip.compress(gzip_of(zeros(10_000))))


@bomb("members.txt.gz")
def _():
    return gzip.compress(b"x") * 400_000


# XML


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha ha ha ha ">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(9))
)
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"ha " * 30_000}">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"><!ENTITY a "%p;"> %p;]>'


def feed(body, head=""):
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{body}</channel></rss>'.encode()


def item(text):
    return f"<item><title>News</title><description>{text}</description></item>"


@bomb("laughs.rss", "declares")
def _():
    return feed(item("&j;"), LAUGHS)


@bomb("quadratic.rss", "declares")
def _():
    return feed(item("&a;" * 30_000), QUADRATIC)


@bomb("outside.rss", "declares")
def _():
    return feed(item("&a;"), OUTSIDE)


@bomb("parameter.rss", "declares")
def _():
    return feed(item("&a;"), PARAMETER)


@bomb("deep.rss", "is nested more than 1000 elements deep")
def _():
    return feed(item("<b>" * 100_000))


@bomb("items.rss", "a feed of more than 10000 entries")
def _():
    return feed("<item/>" * 1_400_000)


@bomb("attributes.rss", "very many attributes")
def _():
    return feed("<item " + " ".join(f'a{number}=""' for number in range(100_000)) + "/>")


@bomb("unclosed.rss", "has more than 1000000 tags")
def _():
    return feed("<item><title>" * 9_000 + "<" * 2_000_000)


# Office documents


def docx_of(document, **parts):
    out, made = io.BytesIO(), io.BytesIO()
    docx.Document().save(out)
    replaced = {
        "word/document.xml": document,
        **{name.replace("__", "/"): raw for name, raw in parts.items()},
    }
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            raw = replaced.get(name, old.read(name))
            if raw is not None:
                new.writestr(name, raw)
    return made.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body, head=""):
    return f'<?xml version="1.0"?>{head}<w:document {W}><w:body>{body}</w:body></w:document>'


@bomb("laughs.docx", "declares")
def _():
    return docx_of(word("<w:p><w:r><w:t>&j;</w:t></w:r></w:p>", LAUGHS))


@bomb("outside.docx", "declares")
def _():
    return docx_of(word("<w:p><w:r><w:t>&a;</w:t></w:r></w:p>", OUTSIDE))


@bomb("attribute-laughs.docx", "declares")
def _():
    return docx_of(word('<w:p w:rsidR="&j;"/>', LAUGHS))


@bomb("huge.docx", "unpacks to more than 100 times its size")
def _():
    return docx_of(word("<w:p><w:r><w:t>nine</w:t></w:r></w:p>" * 2_000_000))


@bomb("dense.docx", "has more than 1000000 tags")
def _():
    return docx_of(word("".join(f"<w:p/>{number % 9973}" for number in range(1_600_000))))


@bomb("deep.docx", "is nested more than 1000 elements deep")
def _():
    return docx_of(word("".join(f"<w:tbl{number}>" for number in range(2000))))


ODT = "urn:oasis:names:tc:opendocument:xmlns"


def odt_of(body, head=""):
    content = (
        f'<?xml version="1.0"?>{head}<o:document-content xmlns:o="{ODT}:office:1.0" '
        f'xmlns:t="{ODT}:text:1.0"><o:body><o:text>{body}</o:text></o:body></o:document-content>'
    )
    return zip_of(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content))


@bomb("laughs.odt", "declares")
def _():
    return odt_of("<t:p>&j;</t:p>", LAUGHS)


@bomb("spaces.odt")
def _():
    return odt_of('<t:p>Nine<t:s t:c="2000000000"/>dead.</t:p>')


@bomb("deep.odt", "is nested more than 1000 elements deep")
def _():
    return odt_of("<t:span>" * 100_000)


@bomb("dense.odt", "has more than 1000000 tags")
def _():
    return odt_of("".join(f"<t:p>{number}</t:p>" for number in range(2_000_000)))


# PDF


def pdf_of(*objects, root=1):
    """A PDF of these objects, numbered from 1, each a dictionary or `(dictionary, stream)`."""
    out = b"%PDF-1.7\n"
    places = []
    for number, one in enumerate(objects, 1):
        head, stream = one if isinstance(one, tuple) else (one, None)
        places.append(len(out))
        body = head.encode()
        if stream is not None:
            body = body.replace(b"LENGTH", str(len(stream)).encode())
            body += b"\nstream\n" + stream + b"\nendstream"
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    trailer = f"trailer\n<</Size {len(objects) + 1}/Root {root} 0 R>>\n"
    return out + f"{trailer}startxref\n{start}\n%%EOF".encode()


FONT = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def page_of(stream, head="<</Length LENGTH>>", more="", *objects):
    return pdf_of(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<{FONT}{more}>>>>",
        (head, stream),
        *objects,
    )


FLATE = "<</Length LENGTH/Filter/FlateDecode>>"


def zlib_of(packed):
    return b"\x78\x9c" + packed + bytes(4)


@bomb("flate.pdf", "Limit reached while decompressing")
def _():
    return page_of(zlib_of(zeros(10_000)), FLATE)


@bomb("filters.pdf", "Limit reached while decompressing")
def _():
    once = zlib_of(zeros(70))
    return page_of(
        zlib.compress(zlib.compress(once)),
        f"<</Length LENGTH/Filter[{'/FlateDecode' * 3}]>>",
    )


@bomb("text.pdf", "Limit reached while decompressing")
def _():
    shown = b"BT /F 12 Tf 0 0 Td (nine dead) Tj ET\n" * 2_000_000
    return page_of(zlib.compress(shown), FLATE)


@bomb("forms.pdf", "the PDF holds no text")
def _():
    form = "<</Type/XObject/Subtype/Form/Length LENGTH/Resources<</XObject<</A {0} 0 R>>>>>>"
    forms = [(form.format(number + 1), b"/A Do " * 10) for number in range(5, 15)]
    return page_of(b"/A Do", "<</Length LENGTH>>", "/XObject<</A 5 0 R>>", *forms)


@bomb("circle.pdf", "Detected cyclic page references")
def _():
    return pdf_of(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>",
    )


@bomb("kids.pdf", "Reached maximum array element count")
def _():
    return pdf_of(
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{'3 0 R ' * 500_000}]/Count 500000>>",
        "<</Type/Page/Parent 2 0 R>>",
    )


@bomb("arrays.pdf", "maximum recursion depth exceeded")
def _():
    return page_of(b"[" * 1_000_000)


@bomb("nested.pdf", "the PDF is damaged")
def _():
    return pdf_of("[" * 1_000_000)


@bomb("previous.pdf", "the PDF is damaged")
def _():
    return b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Prev 9>>\nstartxref\n9\n%%EOF"


# Pages, long lines, mail, web archives


@bomb("deep.html", None)
def _():
    return b"<html><body>" + b"<div>" * 100_000 + b"Nine dead."


@bomb("line.txt", "is longer than the 10 MB")
def _():
    return b"x" * (100 * MB)


@bomb("line.csv", "is longer than the 10 MB")
def _():
    return b"text\n" + b"x" * (100 * MB)


@bomb("line.jsonl", "is longer than the 10 MB")
def _():
    return b'{"text": "' + b"x" * (100 * MB) + b'"}\n'


@bomb("line.html", "is longer than the 10 MB")
def _():
    return b"<html><body><p>" + b"x" * (100 * MB)


MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: News\r\nMIME-Version: 1.0\r\n"


@bomb("deep.eml", "very many parts")
def _():
    parts = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
        for level in range(10_000)
    )
    return MAIL + parts


@bomb("mails-in-mails.eml", "very many parts")
def _():
    return MAIL + b"Content-Type: message/rfc822\r\n\r\n" * 100_000


@bomb("parts.eml", "very many parts")
def _():
    part = b"--x\r\nContent-Type: text/plain\r\n\r\n\r\n"
    return MAIL + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part * 100_000


@bomb("header.eml")
def _():
    return (
        MAIL + b"Content-Type: text/plain; " + b"a=(((((;" * 1_000_000 + b"\r\n\r\nNine dead.\r\n"
    )


@bomb("people.eml")
def _():
    return b"From: " + b"(" * 5_000_000 + b"\r\n" + MAIL + b"\r\nNine dead.\r\n"


@bomb("attached.eml", "unpacks to more than 100 times its size")
def _():
    attached = base64.encodebytes(gzip_of(zeros(10_000)))
    head = b"Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n"
    return MAIL + head + b"Content-Disposition: attachment; filename=a.txt.gz\r\n\r\n" + attached


@bomb("deep-page.eml")
def _():
    return MAIL + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 1_000_000 + b"Nine dead."


def warc_of(http, length=None):
    length = len(http) if length is None else length
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/a\r\n"
        b"WARC-Date: 2019-11-25T00:00:00Z\r\nContent-Type: application/http\r\n"
        b"Content-Length: %d\r\n\r\n" % length + http + b"\r\n\r\n"
    )


@bomb("line.warc.gz", "its headers have no end")
def _():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    begins = packer.compress(b"WARC/1.0\r\nA: ") + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip_of(begins + zeros(10_000))


@bomb("encoded.warc", "is longer than the 10 MB")
def _():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n"
    return warc_of(head + gzip_of(zeros(8_000)))


@bomb("encoded-brotli.warc", "is longer than the 10 MB")
def _():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: br\r\n\r\n"
    packer = brotli.Compressor()
    return warc_of(
        head + b"".join(packer.process(bytes(MB)) for _ in range(2_000)) + packer.finish()
    )


@bomb("encoded-zstd.warc", "is longer than the 10 MB")
def _():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: zstd\r\n\r\n"
    return warc_of(head + zstd_zeros(8_000))


@bomb("zeros.txt.zst", "unpacks to more than")
def _():
    return zstd_zeros(8_000)


@bomb("window.zst", "takes more than 134 MB of memory")
def _():
    return b"\x28\xb5\x2f\xfd\x00\xa0" + b"\x03\x00\x00\x00" * 1000


@bomb("line.warc.zst", "its headers have no end")
def _():
    begins = b"WARC/1.0\r\nA: "
    block = (len(begins) << 3).to_bytes(3, "little") + begins
    return ZSTD + block + ZSTD_ZEROS * 80_000 + ZSTD_END


@bomb("marks.warc.zst", "is damaged")
def _():
    good = zstandard.ZstdCompressor().compress(warc_of(b"HTTP/1.1 404 Gone\r\n\r\n"))
    return good + b"\x28\xb5\x2f\xfd" * 100_000


@bomb("frames.warc.zst", "is damaged")
def _():
    good = zstandard.ZstdCompressor().compress(warc_of(b"HTTP/1.1 404 Gone\r\n\r\n"))
    return good + (ZSTD + ZSTD_ZEROS) * 100_000


@bomb("dictionary.warc.zst", "its dictionary is cut off, or too long")
def _():
    packed = zstd_zeros(8_000)
    return b"\x5d\x2a\x4d\x18" + len(packed).to_bytes(4, "little") + packed


@bomb("chunk.warc", "is longer than the 10 MB")
def _():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    return warc_of(head + b"7fffffff\r\nnine", 10**18)


@bomb("headers.warc.gz", "its headers have no end")
def _():
    return gzip.compress(b"WARC/1.0\r\n" + b"a: b\r\n" * MB)


@bomb("marks.warc.gz", "is damaged")
def _():
    return gzip.compress(warc_of(b"HTTP/1.1 404 Gone\r\n\r\n")) + b"\x1f\x8b\x08" * 100_000


@bomb("sectors.msg", "the Office file is damaged")
def _():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + bytes(range(256)) * 40_000


class Watch(Silent):
    """Notes when each file is done, and how much memory the reading processes had at most."""

    def __init__(self) -> None:
        self.done = [time.monotonic()]
        self.peak = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def file_done(self, path):
        self.done.append(time.monotonic())

    def _watch(self):
        while not self._is_over.wait(0.005):
            for children in Path("/proc/self/task").glob("*/children"):
                # A process may end while it is looked at.
                with contextlib.suppress(OSError):
                    for child in children.read_text().split():
                        self.peak = max(self.peak, _most_memory(child))


def _most_memory(process):
    """The most bytes that a reading process ever had in memory; 0 of any other process."""
    if b"index.read.worker" not in Path(f"/proc/{process}/cmdline").read_bytes():
        return 0  # ourselves, on the way to become one
    found = Path(f"/proc/{process}/status").read_text().partition("VmHWM:")[2].split()
    return int(found[0]) * 1024 if found else 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a bomb, and of the file after it."""

    found: list[Document | Failure]
    following: list[Document | Failure]
    seconds: float


@pytest.fixture(name="watch", scope="module")
def _watch(tmp_path_factory):
    """All bombs, each with a harmless file after it, read by one process at a time."""
    folder = tmp_path_factory.mktemp("bombs")
    files = []
    for number, (name, (make, _)) in enumerate(_BOMBS.items()):
        raw = make()
        bomb, following = folder / f"{number}-{name}", folder / f"{number}-next.txt"
        bomb.write_bytes(raw.encode() if isinstance(raw, str) else raw)
        following.write_text(NEXT)
        files += [bomb, following]
    with Watch() as watch:
        watch.found = list(read_all(files, watch, processes=1))
    watch.names = [str(file) for file in files]
    shutil.rmtree(folder)
    return watch


@pytest.fixture(name="outcome_of", scope="module")
def _outcome_of(watch):
    """A function that tells what became of a bomb."""
    by_name = {name: [] for name in watch.names}
    for one in watch.found:
        by_name[next(name for name in watch.names if one.path.startswith(name))].append(one)
    outcomes = {
        name: Outcome(
            found=by_name[watch.names[2 * number]],
            following=by_name[watch.names[2 * number + 1]],
            seconds=watch.done[2 * number + 1] - watch.done[2 * number],
        )
        for number, name in enumerate(_BOMBS)
    }
    return outcomes.__getitem__


@pytest.mark.slow
@pytest.mark.parametrize("name", _BOMBS)
def test_a_bomb_is_reported_or_read(outcome_of, name):
    """It hurts nobody, in good time, and it is said in plain words what is wrong with it."""
    outcome = outcome_of(name)
    reason = _BOMBS[name][1]
    assert outcome.found
    assert outcome.seconds < MOST_SECONDS
    reasons = [one.reason for one in outcome.found if isinstance(one, Failure)]
    assert not any("cannot be read as" in said for said in reasons)
    if reason is not None:
        assert any(reason in said for said in reasons) if reason else not reasons


@pytest.mark.slow
@pytest.mark.parametrize("name", _BOMBS)
def test_the_file_after_a_bomb_is_read(outcome_of, name):
    """What comes next is read as if nothing had been."""
    (document,) = outcome_of(name).following
    assert document.text == NEXT


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by Linux's /proc")
def test_no_bomb_fills_the_memory(watch):
    """No process that read them ever had more than 512 MB."""
    assert 10 * MB < watch.peak < MOST_BYTES


def test_there_are_forty():
    """There are no fewer bombs than were planned."""
    assert len(_BOMBS) >= 40
