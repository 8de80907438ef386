"""What kind of file it is: its content says so, whatever it is called."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from index.datatypes import Document, Failure
from index.read import FORMATS, find_files, read, read_all
from index.read.kind import kind_of

ARTICLE = "Nine people died in Tazerbo on Friday, when gunmen attacked the town. " * 8
PAGE = (
    "<!doctype html><html><head><title>Nine killed in Tazerbo</title></head><body><article>"
    f"<h1>Nine killed in Tazerbo</h1><p>{ARTICLE}</p><p>{ARTICLE}</p></article></body></html>"
)
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item>'
    f"<title>Nine killed</title><description>{ARTICLE}</description></item></channel></rss>"
)
MAIL = f"From: a@example.com\nTo: b@example.com\nSubject: Nine killed\n\n{ARTICLE}\n"
RECORDS = '{"text": "Nine died."}\n{"text": "Ten fled."}\n'


def zipped(**members):
    """A zip file of some members, by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("_", "."), text)
    return out.getvalue()


def pdf():
    """A PDF of one line."""
    stream = b"BT /F1 12 Tf 72 720 Td (Nine people died in Tazerbo.) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 612 792]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    )
    return out + end % (count, table, count, len(out))


CONTENTS = {
    "text": ARTICLE.encode(),
    "markdown": b"# Nine killed\n\nThe *army* said so.\n",
    "page": PAGE.encode(),
    "feed": FEED.encode(),
    "mail": MAIL.encode(),
    "records": RECORDS.encode(),
    "table": b"text,title\nNine died.,Attack\n",
    "pdf": pdf(),
    "zip": zipped(a_txt=ARTICLE),
    "gzip": gzip.compress(ARTICLE.encode()),
    "utf-16": ("\ufeff" + ARTICLE).encode("utf-16-le"),
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
}


@pytest.fixture(name="read_as")
def _read_as(tmp_path):
    """A function that reads bytes as a file of some name."""

    def read_as(raw, name):
        path = tmp_path / name
        path.write_bytes(raw)
        return list(read(path))

    return read_as


# The kinds that can be read


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        ("pdf", "a.txt", "Tazerbo"),
        ("pdf", "a.html", "Tazerbo"),
        ("pdf", "a", "Tazerbo"),
        ("zip", "a.md", "Nine people died"),
        ("zip", "a.txt", "Nine people died"),
        ("gzip", "a.csv", "Nine people died"),
        ("page", "a.pdf", "Nine people died"),
        ("page", "a.txt", "Nine people died"),
        ("page", "a.md", "Nine people died"),
        ("page", "a.csv", "Nine people died"),
        ("page", "a.xml", "Nine people died"),
        ("page", "a.php", "Nine people died"),
        ("feed", "a.html", "Nine people died"),
        ("feed", "a", "Nine people died"),
        ("mail", "a", "Nine people died"),
        ("mail", "1234.", "Nine people died"),
        ("records", "a", "Nine died."),
        ("records", "a.json", "Nine died."),
        ("text", "a.html", "Nine people died"),
        ("text", "a.json", "Nine people died"),
        ("text", "a.xml", "Nine people died"),
        ("text", "a.docx", "Nine people died"),
        ("text", "a.zip", "Nine people died"),
        ("text", "a.gz", "Nine people died"),
        ("utf-16", "a.pdf", "Nine people died"),
        ("utf-16", "a.html", "Nine people died"),
    ],
)
def test_wrong_suffix_is_seen_through(read_as, content, name, says):
    """A file under a suffix of another kind is read as what it is, without a trace of its marks."""
    document, *_ = read_as(CONTENTS[content], name)
    assert isinstance(document, Document), document
    assert says in document.text
    assert "<" not in document.text
    assert "%PDF" not in document.text


SUFFIXES = ".txt .md .jsonl .csv .html .json .xml .eml .pdf .docx .odt .msg .zip .gz .warc .png"


@pytest.mark.parametrize("suffix", SUFFIXES.split())
def test_any_content_under_any_suffix(read_as, suffix):
    """Whatever is under a suffix, it is read, or reported in one line; never both, nor neither."""
    for number, raw in enumerate(CONTENTS.values()):
        found = read_as(raw, f"{number}{suffix}")
        assert found
        for one in found:
            if isinstance(one, Failure):
                assert one.reason.isprintable()
                assert len(one.reason) < 400
            else:
                assert one.text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?>\n<rss><item>Nine died.</item></rss>\n",
        "<p>Nine died.</p>\n",
        "<body>Nine died.",
        '{"text": "Nine died."}\n{"text": "Ten."}\n',
        '["Nine", "died"]',
        "From: a\nSubject: b\nDate: c\n\nNine died.\n",
        "# Nine\n\n*died*.\n",
        "a,b\nc,d\n",
        "BMW, the maker of cars, said so.",
        "MZ is a place in Mozambique.",
        "RIFF IN LONDON, say musicians.",
        "ID3 is a party.",
        "GIF89a is a format, and GIF87a too.",
        "PKK fighters left.",
        "BZh91 is no word.",
        "II* and MM* are signs.",
        "7z is a program, Rar! another.",
        "true OTTO fLaC FORM AT&T",
        "%! PS: more follows.",
    ],
)
def test_text_file_stays_text(read_as, text):
    """The text of a .txt is the file, untouched, whatever it looks like."""
    (document,) = read_as(text.encode(), "a.txt")
    assert document.text == text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text"),
        ("A.TXT", "text"),
        ("a.markdown", "markdown"),
        ("a.ndjson", "jsonl"),
        ("a.tsv", "csv"),
        ("folder.md/a", "text"),
        (".txt", "text"),
        ("", "text"),
    ],
)
def test_name_tells_kinds_of_text_apart(name, kind):
    """Between kinds of text the suffix decides, in either case, and that of the file alone."""
    assert kind_of(b"Nine, people\nhave, died\n", name) == kind


@pytest.mark.parametrize("name", [name for name in CONTENTS if name != "picture"])
def test_every_kind_has_a_reader(name):
    """What is told apart is in the table of formats."""
    assert kind_of(CONTENTS[name][:4096], "a") in FORMATS


# Files without text

NO_TEXT = {
    "a PNG picture": b"\x89PNG\r\n\x1a\n",
    "a JPEG picture": b"\xff\xd8\xff\xe0\x11\x10JFIF",
    "a GIF picture": b"GIF89a\x01\x02\x03\x04\xf7",
    "a TIFF picture": b"II*\x00",
    "a bitmap picture": b"BM\x36\x11\x22\x33\x00\x00\x00\x00",
    "a Photoshop picture": b"8BPS\x00\x01",
    "a HEIF picture": b"\x00\x00\x00\x18ftypheic",
    "a WebP picture": b"RIFF\x24\x11\x11\x01WEBPVP8 ",
    "a scanned DjVu": b"AT&TFORM",
    "sound, which": b"ID3\x03\x00",
    "sound or video": b"OggS\x00\x02",
    "sound or video, which": b"\x1aE\xdf\xa3\x93",
    "a program": b"MZ\x90\x03",
    "a program, which": b"\x7fELF\x02\x01",
    "a database": b"SQLite format 3\x00",
    "a font": b"wOF2OTTO",
    "a 7z archive; unpack": b"7z\xbc\xaf\x27\x1c\x03\x04",
    "a RAR archive; unpack": b"Rar!\x1a\x07\x01",
    "a tar archive; unpack": b"a.txt".ljust(257, b"\x00") + b"ustar\x0000",
    "packed with bzip2; unpack": b"BZh91AY&SY\x11",
    "packed with xz; unpack": b"\xfd7zXZ\x00",
    "an RTF file; save it as": rb"{\rtf1\ansi Nine people died.}",
    "a PostScript file; save it as": b"%!PS-Adobe-3.0\n",
    "an Outlook folder; export": b"!BDN\x11",
}


@pytest.mark.parametrize("name", ["a.txt", "a", "a.pdf", "a.html"])
@pytest.mark.parametrize("says", NO_TEXT)
def test_files_without_text(read_as, says, name):
    """Pictures, sound, programs and packed files are refused for what they are, in plain words."""
    (failure,) = read_as(NO_TEXT[says] + b"\x11\x12\x13" * 20, name)
    assert says in failure.reason


@pytest.mark.parametrize("name", ["a.svg", "a.xml", "a"])
def test_drawings(read_as, name):
    """An SVG drawing is a picture, though it is XML."""
    raw = b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="x"><text>A</text></svg>'
    (failure,) = read_as(raw, name)
    assert failure.reason == "an SVG picture, which holds no text"


@pytest.mark.parametrize("name", ["style.css", "app.js", "module.MJS", "app.js.map"])
def test_parts_of_a_saved_page(read_as, name):
    """What lies beside a saved page to make it work is no article."""
    (failure,) = read_as(b"body { color: black }\n", name)
    assert "of a web page, which is no article" in failure.reason


# Names

NAMES = [
    *("a\nb.txt", "a\rb.txt", "a\tb.txt", "\x1b[2Jclear.txt", "\x07bell.txt", "\x7fdel.txt"),
    *("\x01\x02\x03.txt", "\x85nel.txt", "\u202egnp.txt", "\u2066a\u2069.txt", "\u200b.txt"),
    *("\u200fa.txt", "\ufeff.txt", "\u2028.txt", "\xad.txt", "\ufff9.txt", "\U000e0041.txt"),
    *("-rf", "--help", "-", "--", "-n.txt", "~", "~root", "CON", "CON.txt", "NUL", "aux.txt"),
    *("COM1.txt", "a.", "a ", " a", " ", "...", "..a", "..txt", "a..", "\\", "\\..\\..\\a.txt"),
    *("x" * 255, "x" * 251 + ".txt", "é" * 127, "日" * 85, "\U0001f600" * 63),
    *("\U0001f468\u200d\U0001f469\u200d\U0001f467.txt", "\U0001f1e6\U0001f1fa", "e\u0301", "é"),
    *("\udcff", "caf\udce9.txt", "\udced\udca0\udc80", "\udcc0\udcaf", "ab\udc80\udc80c.txt"),
    *("*", "?", "[a-z]", "{a,b}", "$HOME", "`id`", "$(id)", "a;b", "a|b", "a&b", "a>b", "'", '"'),
    *("%00", "%2e%2e%2f", "<b>a", "{0}", "%s%n", "http:⁄⁄a", "file:a", "a.txt\u2215b"),
]


def test_hostile_names(tmp_path, recorder):
    """A file of any name is found and read in a child, and shown in text that can be printed."""
    folder = tmp_path / "news"
    folder.mkdir()
    names = [os.fsencode(name) for name in NAMES]
    for number, name in enumerate(names):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(f"{number} people died.".encode())
    files = list(find_files([folder]))
    assert {os.fsencode(path.name) for path in files} == set(names) - {b"...", b"..a", b"..txt"}
    found = list(read_all(files, recorder))
    assert all(isinstance(one, Document) for one in found)
    for path, document in zip(files, found, strict=True):
        number = names.index(os.fsencode(path.name))
        assert document.text == f"{number} people died."
        document.path.encode()
        assert Path(document.path).parent == folder
    assert len({document.id for document in found}) == len(found)


@pytest.mark.parametrize("name", ["..", ".", "../..", "a/../..", "/", "//", "a/.."])
def test_names_of_folders(tmp_path, name):
    """A folder under any of its names is none of the files that are read."""
    (tmp_path / "a").mkdir()
    (failure,) = read(tmp_path / name)
    assert failure.reason == "not a regular file"
