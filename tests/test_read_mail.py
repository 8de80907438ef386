"""Mail and saved pages: what is said in headers, what is shown, what is attached."""

import base64
import datetime as dt
from email.message import EmailMessage

import pytest

from index.datatypes import Document, Failure
from index.read import Source, read
from index.read.mail import read_mail

BODY = "Gunmen attacked the town of Tazerbo on Saturday.\n"
HEADERS = {
    "From": "Jane Doe <jane@example.org>",
    "To": "desk@example.org",
    "Subject": "Nine killed in Tazerbo",
    "Date": "Mon, 25 Nov 2019 23:30:00 -0500",
}


@pytest.fixture(name="read_one")
def _read_one(tmp_path):
    """A function that reads a mail, given as bytes."""

    def read_one(raw, name="mail.eml"):
        path = tmp_path / name
        path.write_bytes(raw)
        return list(read(path))

    return read_one


def mail(body=BODY, **headers):
    """A mail as bytes."""
    given = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return head.encode() + b"\r\n" + (body if isinstance(body, bytes) else body.encode())


def message(*parts, subtype="mixed"):
    """A mail of parts, each `(bytes, its headers)`."""
    body = b"".join(b"--limit\r\n" + head.encode() + b"\r\n\r\n" + raw for raw, head in parts)
    kind = f'multipart/{subtype}; boundary="limit"'
    return mail(body.replace(b"--limit", b"\r\n--limit") + b"\r\n--limit--\r\n", Content_Type=kind)


# What is said


def test_headers_are_the_article_s_metadata(read_one):
    """Subject, sender and date are title, author and the day that the sender had."""
    (document,) = read_one(mail())
    assert document.title == "Nine killed in Tazerbo"
    assert document.authors == ("Jane Doe",)
    assert document.published == dt.date(2019, 11, 25)
    assert document.text == BODY.strip()
    assert document.origins["title"] == "mail headers"


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("=?utf-8?B?R2VzcHLDpGNoZQ==?=", "Gespräche"),
        ("=?iso-8859-1?Q?Gespr=E4che?= in Berlin", "Gespräche in Berlin"),
        ("=?utf-8?Q?Gespr=C3=A4?=\r\n =?utf-8?Q?che?=", "Gespräche"),
        ("Gespräche", "Gespräche"),
        ("=?nonsense?Q?Gespr?=", "=?nonsense?Q?Gespr?="),
        ("x" * 20_000, ""),
    ],
)
def test_subjects(read_one, header, shown):
    """Encoded words, folded lines and raw bytes are read; what is too long to be one is not."""
    (document,) = read_one(mail(Subject=header))
    assert document.title == shown


@pytest.mark.parametrize(
    ("header", "authors"),
    [
        ('"Doe, Jane" <jane@example.org>, John <j@example.org>', ("Doe, Jane", "John")),
        ("jane@example.org", ("jane@example.org",)),
        ("=?utf-8?B?SsO8cmdlbiwgTQ==?= <j@example.org>", ("Jürgen, M",)),
        ("", ()),
        ("((((", ()),
    ],
)
def test_senders(read_one, header, authors):
    """A sender goes by the name, or else the address."""
    (document,) = read_one(mail(From=header))
    assert document.authors == authors


@pytest.mark.parametrize(
    ("headers", "source"),
    [
        ({"List_Id": "Desert Wire <wire.example.org>"}, "Desert Wire"),
        ({"List_Id": "<wire.example.org>"}, ""),
        ({"Sender": "Desert Wire <w@example.org>"}, "Desert Wire"),
        ({"Sender": "Jane Doe <jane@example.org>"}, ""),
        ({"Organization": "Desert Wire"}, "Desert Wire"),
        ({}, ""),
    ],
)
def test_sources(read_one, headers, source):
    """A list, or whoever sent it for the author, is the source."""
    (document,) = read_one(mail(**headers))
    assert document.source == source


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2019 10:00:00 +0000", "2019"])
def test_no_date(read_one, date):
    """A mail without a date that can be told has none."""
    (document,) = read_one(mail(Date=date))
    assert document.published is None


# What is shown


@pytest.mark.parametrize(
    ("raw", "headers"),
    [
        (b"Gespr=C3=A4che in =\r\nBerlin", "charset=utf-8|quoted-printable"),
        (base64.encodebytes("Gespräche in Berlin".encode("cp1252")), "charset=cp1252|base64"),
        ("Gespräche in Berlin".encode(), "charset=iso-8859-1|8bit"),
        ("Gespräche in Berlin".encode("cp1252"), "charset=iso-8859-1|8bit"),
        ("Gespräche in Berlin".encode(), "charset=us-ascii|8bit"),
        ("Gespräche in Berlin".encode(), "charset=nonsense|8bit"),
        ("Gespräche in Berlin".encode(), "charset=base64|8bit"),
        ("Gespräche in Berlin".encode(), "format=fixed|8bit"),
        ("Gespräche in Berlin".encode("utf-16"), "charset=utf-16|8bit"),
    ],
)
def test_encodings(read_one, raw, headers):
    """However the body was sent, and whatever it is wrongly said to be, its text is the same."""
    parameter, _, encoding = headers.partition("|")
    if encoding == "8bit" and b"\x00" in raw:
        raw, encoding = base64.encodebytes(raw), "base64"
    (document,) = read_one(
        mail(raw, Content_Type=f"text/plain; {parameter}", Content_Transfer_Encoding=encoding)
    )
    assert document.text == "Gespräche in Berlin"


def test_plain_text_is_preferred(read_one):
    """Of two forms of one text the plain one is read."""
    raw = message(
        (b"Nine dead.", "Content-Type: text/plain"),
        (b"<p>Ten dead.", "Content-Type: text/html"),
        subtype="alternative",
    )
    assert [found.text for found in read_one(raw)] == ["Nine dead."]


def test_html_where_there_is_no_plain_text(read_one):
    """An empty plain form is none; HTML becomes paragraphs."""
    raw = message(
        (b" \r\n", "Content-Type: text/plain"),
        (b"<h1>News</h1><p>Nine dead.<script>x()</script>", "Content-Type: text/html"),
        subtype="alternative",
    )
    assert [found.text for found in read_one(raw)] == ["News\n\nNine dead."]


def test_parts_that_are_shown_together(read_one):
    """Text before and after what is attached in its midst is one article."""
    raw = message(
        (b"Nine dead.", "Content-Type: text/plain"),
        (b"\x89PNG", "Content-Type: image/png"),
        (b"Ten wounded.", "Content-Type: text/plain"),
    )
    assert [found.text for found in read_one(raw)] == ["Nine dead.\n\nTen wounded."]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ("format=flowed", "Nine people were killed.\nTen fled.\n-- \nJane"),
        ("format=flowed; delsp=yes", "Nine people werekilled.\nTen fled.\n-- \nJane"),
        ("format=fixed", "Nine people were \nkilled.\nTen fled.\n-- \nJane"),
    ],
)
def test_flowed_text(read_one, parameters, text):
    """Lines that flow on are put together; the signature's mark is no such line."""
    body = "Nine people were \r\nkilled.\r\nTen fled.\r\n-- \r\nJane\r\n"
    (document,) = read_one(mail(body, Content_Type=f"text/plain; {parameters}"))
    assert document.text == text


# What is attached


def test_attached_files_are_read(read_one):
    """Each attached file is an article of its own, after the mail; pictures are none."""
    raw = message(
        (b"See below.", "Content-Type: text/plain"),
        (b"Nine dead.", "Content-Disposition: attachment; filename=a.txt"),
        (b"\x89PNG", 'Content-Type: image/png; name="a.png"'),
        (b"Ten dead.", "Content-Disposition: attachment; filename==?utf-8?Q?=C3=A4.txt?="),
        (b"BEGIN:VCALENDAR", "Content-Type: text/calendar; name=invite.ics"),
    )
    found = read_one(raw)
    assert [one.text for one in found] == ["See below.", "Nine dead.", "Ten dead."]
    assert [one.path.rpartition("mail.eml")[2] for one in found] == ["", "/a.txt", "/ä.txt"]
    assert len({one.id for one in found}) == 3


def test_attached_files_of_one_name_are_two(read_one):
    """Two attached files with the same name do not pass for one another."""
    head = "Content-Disposition: attachment; filename=a.txt"
    found = read_one(message((b"Nine dead.", head), (b"Ten dead.", head)))
    assert [one.text for one in found] == ["Nine dead.", "Ten dead."]
    assert len({one.id for one in found}) == 2


def test_attached_mail(read_one):
    """A mail in a mail is read with its own headers."""
    inner = mail("Ten dead.", Subject="Inner", Date="Tue, 26 Nov 2019 10:00:00 +0000")
    outer, found = read_one(
        message(
            (b"See below.", "Content-Type: text/plain"), (inner, "Content-Type: message/rfc822")
        )
    )
    assert outer.title == "Nine killed in Tazerbo"
    assert (found.title, found.text) == ("Inner", "Ten dead.")
    assert found.published == dt.date(2019, 11, 26)


def test_a_mail_of_nothing_but_attached_files(read_one):
    """A mail without a text is none, and what is attached is read."""
    raw = message((b"Nine dead.", "Content-Disposition: attachment; filename=a.txt"))
    assert [one.text for one in read_one(raw)] == ["Nine dead."]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (mail(""), "the mail holds no text"),
        (
            mail("x", Content_Type="application/pkcs7-mime"),
            "the mail is encrypted; save it decrypted",
        ),
        (
            mail(b"--x\r\n\r\n" * 11_000, Content_Type="multipart/mixed; boundary=x"),
            "a mail of very many parts; save what is attached to it by itself",
        ),
        (
            mail("x" * 30_000_001),
            "a mail of more than 30 MB; save what is attached to it by itself",
        ),
    ],
)
def test_mail_that_is_not_read(read_one, raw, reason):
    """An empty, an encrypted, and an outsized mail are reported with what to do."""
    (failure,) = read_one(raw)
    assert failure.reason == reason


@pytest.mark.parametrize(
    "raw",
    [
        mail(b"Nine dead.", Content_Type="text/plain; charset=\x00\x01"),
        mail(b"Nine dead.", Content_Transfer_Encoding="nonsense"),
        mail(b"TmluZSBkZWFkLg", Content_Transfer_Encoding="base64"),
        mail(b"Nine dead.", Content_Type=";;;"),
    ],
)
def test_ill_formed_mail(read_one, raw):
    """What can be read of an ill-formed mail is read."""
    (document,) = read_one(raw)
    assert document.text == "Nine dead."


def test_a_mail_whose_parts_are_not_there(read_one):
    """A mail that says it has parts, and has none, is reported."""
    (failure,) = read_one(mail(b"Nine dead.", Content_Type="multipart/mixed"))
    assert failure.reason == "the mail holds no text"


# Mailboxes


def test_a_mailbox(read_one):
    """Each mail of a mailbox is an article; a line that was escaped is as it was written."""
    envelope = b"From jane@example.org Mon Nov 25 23:30:00 2019\n"
    one, two = mail("Nine dead.\n>From the desert.\n"), mail("From here ten fled.\n")
    found = read_one(envelope + one + b"\n" + envelope + two + b"\n", "news.mbox")
    assert [each.text for each in found] == [
        "Nine dead.\nFrom the desert.",
        "From here ten fled.",
    ]
    assert [each.path.rpartition("/")[2] for each in found] == ["1.eml", "2.eml"]


def test_a_mail_too_long_in_a_mailbox(read_one):
    """It is reported, and the others are read."""
    envelope = b"From jane@example.org Mon Nov 25 23:30:00 2019\n"
    raw = envelope + mail("x\n" * 15_100_000) + b"\n" + envelope + mail()
    failure, document = read_one(raw, "news.mbox")
    assert failure.path.endswith("news.mbox/1.eml")
    assert document.text == BODY.strip()


# Saved pages


SAVED = (
    b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/a\r\n"
    b"Subject: =?utf-8?Q?Gespr=C3=A4che?=\r\nDate: Mon, 25 Nov 2019 10:00:00 -0000\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n'
    b"\r\n--b\r\nContent-Type: text/html; charset=cp1252\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://example.org/a\r\n"
    b"\r\n<html><p>Gespr=E4che</p></html>\r\n--b\r\nContent-Type: text/css\r\n\r\np {}\r\n--b--\r\n"
)


def _page(tmp_path, raw):
    path = tmp_path / "2019-11-26 Talks.mhtml"
    path.write_bytes(raw)
    return list(read_mail(Source.of(path)))


def test_a_saved_page_knows_its_address(tmp_path):
    """The page that a browser saved is handed on, with its address and the day it was saved."""
    (page,) = _page(tmp_path, SAVED)
    assert page.read().decode("utf-8-sig") == "<html><p>Gespräche</p></html>"
    assert page.known.url == "https://example.org/a"
    assert page.known.retrieved == dt.date(2019, 11, 25)
    assert page.known.title == "Gespräche"
    assert page.known.published is None
    assert page.path.endswith("2019-11-26 Talks.mhtml/2019-11-26 Talks.html")


def test_a_saved_page_without_the_browser_s_header(tmp_path):
    """The address of the page itself serves as well."""
    raw = SAVED.replace(b"Snapshot-Content-Location: https://example.org/a\r\n", b"")
    (page,) = _page(tmp_path, raw)
    assert page.known.url == "https://example.org/a"


def test_a_page_that_was_mailed_is_mail(tmp_path):
    """What was sent to somebody is a mail, though a page is in it."""
    (document,) = _page(tmp_path, SAVED.replace(b"Subject:", b"To: a@example.org\r\nSubject:"))
    assert isinstance(document, Document)
    assert document.text == "Gespräche"


# Outlook


def test_outlook_mail(test_data):
    """A .msg is read as the mail that it is, and the PDF attached to it after it."""
    document, attached = read(test_data / "messy" / "office" / "haystack__sample.msg")
    assert document.title == "This is a Subject"
    assert document.authors == ("Sebastian Lee",)
    assert document.published == dt.date(2025, 2, 17)
    assert document.text.startswith("Dear tester,\n\nThis is an example email with a body.")
    assert attached.path.endswith("haystack__sample.msg/sample_pdf_1.pdf")
    assert "History and standardization" in attached.text


def test_an_old_office_file(test_data):
    """What is the same kind of file, but no mail, is refused with what to do."""
    (failure,) = read(test_data / "messy" / "office" / "datashare__office_document.doc")
    assert failure.reason == "an old Word file; save it as .docx"


def test_a_damaged_outlook_file(tmp_path):
    """Bytes that only begin like one are reported."""
    path = tmp_path / "a.msg"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2000)
    (failure,) = read(path)
    assert isinstance(failure, Failure)
    assert failure.reason == "the Office file is damaged; open it in its program and save it anew"


@pytest.mark.parametrize("name", ["aleph__Fwd_Re_Your_Campaign.eml", "datashare__email.eml"])
def test_mail_of_other_people(test_data, name):
    """Real mails are read with title, author and date."""
    document, *_ = read(test_data / "messy" / "office" / name)
    assert document.title
    assert document.authors
    assert document.published.year == 2018


def test_mail_that_this_library_writes(read_one):
    """A mail made by the standard library comes back with its text and attached file."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Jané <j@example.org>", "d@example.org", "Neun €"
    made.set_content("Nine “dead”.\n")
    made.add_attachment("Ten “dead”.\n", filename="t.txt")
    first, second = read_one(made.as_bytes())
    assert (first.title, first.authors, first.text) == ("Neun €", ("Jané",), "Nine “dead”.")
    assert second.text == "Ten “dead”.\n"
