"""Word, OpenDocument and PDF: their text as it is read, and what they say of themselves."""

import datetime as dt
import io
import zipfile
import zlib

import docx
import pypdf
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.datatypes import Document, Failure
from index.read import read
from index.read.printed import Line, cleaned, running_text
from index.read.properties import worthy_authors, worthy_title


@pytest.fixture(name="read_bytes")
def _read_bytes(tmp_path):
    """A function that writes bytes to a file of some name and reads it."""

    def read_bytes(raw, name="article"):
        path = tmp_path / name
        path.write_bytes(raw)
        return list(read(path))

    return read_bytes


# Word


@pytest.fixture(name="read_word")
def _read_word(read_bytes):
    """A function that saves a Word document and reads it."""

    def read_word(word, **changed):
        out = io.BytesIO()
        word.save(out)
        raw = with_parts(out.getvalue(), **changed) if changed else out.getvalue()
        return read_bytes(raw, "2019-11-25 article.docx")

    return read_word


def with_parts(raw, **changed):
    """A zip file with some parts changed: `word__document_xml=b"…"`; None takes one away."""
    parts = {name.replace("__", "/").replace("_", "."): part for name, part in changed.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = parts.get(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


def word_of(*paragraphs):
    word = docx.Document()
    for paragraph in paragraphs:
        word.add_paragraph(paragraph)
    return word


def xml(text):
    return parse_xml(text.replace(">", f" {nsdecls('w')}>", 1))


def test_paragraphs_and_tables_in_their_order(read_word):
    """A row of a table is a paragraph, with tabs between its cells."""
    word = word_of("Before.")
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Town", "Dead", "Tazerbo", "9"], strict=True):
        cell.text = text
    word.add_paragraph("After.")
    (document,) = read_word(word)
    assert document.text == "Before.\n\nTown\tDead\n\nTazerbo\t9\n\nAfter."


def test_cells_of_more_than_one_paragraph(read_word):
    """A table that only lays out text is read cell by cell, paragraph by paragraph."""
    word = docx.Document()
    cells = word.add_table(rows=1, cols=2).rows[0].cells
    cells[0].text = "One."
    cells[0].add_paragraph("Two.")
    cells[1].text = "Three."
    (document,) = read_word(word)
    assert document.text == "One.\n\nTwo.\n\nThree."


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (
            "<w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>",
            "One\ttwo\nthree",
        ),
        ("<w:ins><w:r><w:t>One</w:t></w:r></w:ins>", "One"),
        ("<w:del><w:r><w:delText>two</w:delText><w:br/></w:r></w:del><w:r><w:t>1</w:t></w:r>", "1"),
        (
            "<w:r><w:t>1</w:t><w:br/></w:r><w:del><w:r><w:br/></w:r></w:del><w:r><w:t>2</w:t></w:r>",
            "1\n2",
        ),
        ("<w:moveFrom><w:r><w:t>two</w:t></w:r></w:moveFrom><w:r><w:t>1</w:t></w:r>", "1"),
        ("<w:sdt><w:sdtContent><w:r><w:t>One</w:t></w:r></w:sdtContent></w:sdt>", "One"),
        ("<w:hyperlink><w:r><w:t>One</w:t></w:r></w:hyperlink>", "One"),
        ("<w:r><w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t></w:r>", "e-mail"),
        ("<w:r><w:instrText>PAGE</w:instrText><w:t>One</w:t></w:r>", "One"),
        (
            (
                "<w:r><w:t>One</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>Two</w:t></w:r></w:p>"
                "</w:txbxContent></w:pict></w:r>"
            ),
            "One\n\nTwo",
        ),
    ],
)
def test_what_is_shown_of_a_paragraph(read_word, inner, text):
    """Inserted text, fields' results and boxes are there; deleted text and instructions not."""
    word = docx.Document()
    word.element.body.insert(0, xml(f"<w:p>{inner}</w:p>"))
    (document,) = read_word(word)
    assert document.text == text


def test_word_properties(read_word):
    """Title and author are taken; the day it was changed is no day of publication."""
    word = word_of("Nine dead.")
    said = word.core_properties
    said.title, said.author, said.language = "Nine killed in Tazerbo", "Jane Doe; John Roe", "en"
    said.modified = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)
    (document,) = read_word(word)
    assert document.title == "Nine killed in Tazerbo"
    assert document.authors == ("Jane Doe", "John Roe")
    assert document.modified == dt.date(2020, 2, 1)
    assert document.published == dt.date(2019, 11, 25)
    assert document.origins["published"] == "file name"
    assert document.language == "en"


def test_a_heading_is_the_title(read_word):
    """Where no title is noted, the first heading is it, and stays in the text."""
    word = word_of("Desert Wire")
    word.add_heading("Nine killed in Tazerbo", level=1)
    word.add_paragraph("Gunmen attacked.")
    word.core_properties.title = "Word Document"
    (document,) = read_word(word)
    assert document.title == "Nine killed in Tazerbo"
    assert document.origins["title"] == "first heading"
    assert document.text == "Desert Wire\n\nNine killed in Tazerbo\n\nGunmen attacked."


def test_no_properties_are_made_up(read_word):
    """A file without properties has no title, no author, and above all no date of today."""
    out = io.BytesIO()
    word_of("Nine dead.").save(out)
    with zipfile.ZipFile(out) as file:
        relations = file.read("_rels/.rels").decode()
    kept = [part for part in relations.split("<Relationship ") if "core-properties" not in part]
    changed = {"docProps__core_xml": None}
    raw = with_parts(out.getvalue(), **changed)
    closing = "" if kept[-1].endswith("</Relationships>") else "</Relationships>"
    parts = {"_rels/.rels": ("<Relationship ".join(kept) + closing).encode()}
    bare = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
    (document,) = _read_at(bare.getvalue(), read_word)
    assert (document.title, document.authors, document.modified) == ("", (), None)


def _read_at(raw, read_word):
    """Read bytes as `read_word` reads what it saves."""

    class Saved:
        def save(self, out):
            out.write(raw)

    return read_word(Saved())


@pytest.mark.parametrize(
    ("part", "raw", "reason"),
    [
        ("word__document_xml", b"<w:document", "not a whole Word file ("),
        ("word__styles_xml", None, "not a whole Word file ("),
        ("word__document_xml", None, ""),
        (
            "word__document_xml",
            b'<!DOCTYPE x [<!ENTITY a "b">]><x/>',
            "its XML declares a document type or entities",
        ),
    ],
)
def test_a_damaged_word_file(read_word, part, raw, reason):
    """A part that is missing, ill-formed or hostile is reported in plain words."""
    (failure,) = read_word(word_of("Nine dead."), **{part: raw})
    assert isinstance(failure, Failure)
    assert failure.reason.startswith(reason)
    assert "cannot be read as" not in failure.reason


def test_a_word_file_without_text(read_word):
    """An empty document is reported."""
    (failure,) = read_word(docx.Document())
    assert failure.reason == "the file holds no text"


# OpenDocument


_ODF = "urn:oasis:names:tc:opendocument:xmlns"


@pytest.fixture(name="read_odt")
def _read_odt(read_bytes):
    """A function that reads an OpenDocument text of this body."""

    def read_odt(body, meta="", manifest=""):
        names = " ".join(
            f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in ("office", "text", "table", "meta")
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            file.writestr(
                "content.xml",
                f"<office:document-content {names}><office:body><office:text>{body}</office:text>"
                "</office:body></office:document-content>",
            )
            file.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
            if meta:
                dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
                file.writestr("meta.xml", f"<office:meta {names} {dc}>{meta}</office:meta>")
        return read_bytes(out.getvalue(), "article.odt")

    return read_odt


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<text:p>One</text:p><text:h>Two</text:h>", "One\n\nTwo"),
        (
            "<text:p>One\n  <text:span>two</text:span><text:s text:c='3'/>three</text:p>",
            "One two   three",
        ),
        ("<text:p>One<text:tab/>two<text:line-break/>three</text:p>", "One\ttwo\nthree"),
        ("<text:list><text:list-item><text:p>One</text:p></text:list-item></text:list>", "One"),
        ("<text:p>One<text:note><text:p>no</text:p></text:note> two</text:p>", "One two"),
        (
            "<text:tracked-changes><text:p>no</text:p></text:tracked-changes><text:p>One</text:p>",
            "One",
        ),
        ("<text:p>One<office:annotation><text:p>no</text:p></office:annotation></text:p>", "One"),
        (
            (
                "<table:table><table:table-row><table:table-cell><text:p>One</text:p></table:table-cell>"
                "<table:table-cell><text:p>two</text:p></table:table-cell></table:table-row></table:table>"
            ),
            "One\ttwo",
        ),
        (
            (
                "<table:table><table:table-row><table:table-cell><text:p>One</text:p><text:p>two</text:p>"
                "</table:table-cell></table:table-row></table:table>"
            ),
            "One\n\ntwo",
        ),
        ("<text:p>One<text:s text:c='nine'/>two<text:s text:c='2000000000'/></text:p>", "One two"),
    ],
)
def test_opendocument(read_odt, body, text):
    """What a reader sees is the text; notes, comments and what was deleted are not."""
    (document,) = read_odt(body)
    assert document.text == text


def test_opendocument_properties(read_odt):
    """Title and first author are taken; the day it was changed is no day of publication."""
    meta = (
        "<dc:title>Nine killed in Tazerbo</dc:title><dc:creator>John Roe</dc:creator>"
        "<meta:initial-creator>Jane Doe</meta:initial-creator><dc:date>2020-02-01</dc:date>"
        "<meta:creation-date>2019-01-01</meta:creation-date><dc:language>en</dc:language>"
    )
    (document,) = read_odt("<text:p>Nine dead.</text:p>", meta)
    assert document.title == "Nine killed in Tazerbo"
    assert document.authors == ("Jane Doe",)
    assert (document.published, document.modified) == (None, dt.date(2020, 2, 1))
    assert document.language == "en"


def test_a_heading_of_opendocument_is_the_title(read_odt):
    """Where no title is noted, the first heading is it."""
    (document,) = read_odt("<text:h>Nine killed</text:h><text:p>Gunmen.</text:p>")
    assert document.title == "Nine killed"


@pytest.mark.parametrize(
    ("body", "manifest", "reason"),
    [
        ("<text:p>", "", "the file's XML is damaged; open it in an office program and save it"),
        ("", "", "the file holds no text"),
        (
            "<text:p>x</text:p>",
            "<encryption-data/>",
            "the file is encrypted; save it without a password",
        ),
    ],
)
def test_opendocument_that_is_not_read(read_odt, body, manifest, reason):
    """Damaged, empty and encrypted files are reported."""
    (failure,) = read_odt(body, manifest=manifest)
    assert failure.reason == reason


# What programs note


@pytest.mark.parametrize(
    ("noted", "title"),
    [
        ("Nine killed in Tazerbo", "Nine killed in Tazerbo"),
        ("  Nine\nkilled ", "Nine killed"),
        ("Microsoft Word - libya.doc", ""),
        ("article_final_v2.indd", ""),
        ("libya_final", ""),
        ("Untitled", ""),
        ("Untitled 1", ""),
        ("Word Document", ""),
        ("page 3", ""),
        ("https://example.org/a", ""),
        (None, ""),
        (42, "42"),
    ],
)
def test_titles_that_programs_note(noted, title):
    """A file's name, an address or a template's word is no title."""
    assert worthy_title(noted if noted != 42 else "The 42") == title.replace("42", "The 42")


@pytest.mark.parametrize(
    ("noted", "authors"),
    [
        ("Jane Doe", ("Jane Doe",)),
        ("Jane Doe; John Roe", ("Jane Doe", "John Roe")),
        ("python-docx", ()),
        ("Microsoft Office User", ()),
        ("DESERTWIRE\\jdoe", ()),
        ("admin", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_authors_that_programs_note(noted, authors):
    """A machine's user is no author."""
    assert worthy_authors(noted) == authors


# Printed lines


def lines(*texts, left=72, top=700, leading=12, size=10):
    """Lines of one column, from the top down."""
    return [Line(text, left, top - leading * row, size) for row, text in enumerate(texts)]


WIDE = "The army said on Wednesday that forces are pursuing the men in the desert"


def test_lines_of_a_paragraph_run_on():
    """Lines of one column, size and spacing are one paragraph."""
    assert running_text([lines(WIDE, WIDE, "and won.")])[0] == f"{WIDE} {WIDE} and won."


@pytest.mark.parametrize(
    "page",
    [
        pytest.param([*lines(WIDE, WIDE + "."), *lines(WIDE, top=660)], id="space"),
        pytest.param([*lines(WIDE, WIDE + "."), *lines(WIDE, top=676, left=84)], id="indentation"),
        pytest.param([*lines(WIDE, WIDE), *lines(WIDE.upper(), top=676, size=14)], id="size"),
        pytest.param(lines(WIDE, "They won.", WIDE), id="a short last line"),
    ],
)
def test_paragraphs_are_told_apart(page):
    """By what sets a line off from the one before."""
    assert len(running_text([page])[0].split("\n\n")) == 2


def test_a_sentence_is_never_broken():
    """Whatever the space, a line that begins in lower case goes on."""
    page = [*lines(WIDE), *lines("and won.", top=500, size=20)]
    assert running_text([page])[0] == f"{WIDE} and won."


def test_a_sentence_goes_on_in_the_next_column_and_page():
    """A column and a page end where they are full, not where a sentence does."""
    first = [*lines(WIDE), *lines("and their trucks", left=300)]
    text, pages = running_text([first, lines("and their camels.")])
    assert text == f"{WIDE} and their trucks and their camels."
    assert text[pages[1] :] == "and their camels."


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("The mili-", "tants won.", "The militants won."),
        ("The mili\u00ad", "tants won.", "The militants won."),
        ("The mili\u2010", "tants won.", "The militants won."),
        ("The Anglo-", "American army won.", "The Anglo-American army won."),
        ("In 2019-", "20 they won.", "In 2019- 20 they won."),
        ("The army -", "as it is - won.", "The army - as it is - won."),
        (
            "It is well-known that a well-",
            "known man won.",
            "It is well-known that a well-known man won.",
        ),
        (
            "Oil is rich there, and so the oil-",
            "rich south won.",
            "Oil is rich there, and so the oil-rich south won.",
        ),
    ],
)
def test_divided_words(first, second, joined):
    """A word divided at a line's end is one again; a compound keeps its hyphen."""
    assert running_text([lines(first, second)])[0] == joined


def test_a_word_divided_between_pages():
    """The second page begins where the second half of the word does."""
    text, pages = running_text([lines("The mili-"), lines("tants won.")])
    assert text == "The militants won."
    assert [text[place:] for place in pages] == ["The militants won.", "tants won."]


def _printed(number, first="A", second="B"):
    return [
        *lines(f"Desert Wire, {number} November", top=780),
        *lines(f"{WIDE} {first}.", f"{WIDE} {second}."),
        *lines(f"Page {number}", top=40),
    ]


def test_what_stands_on_every_page_is_left_out():
    """Running heads and page numbers are no part of the text."""
    text, pages = running_text(
        [_printed(1, "A", "B"), _printed(2, "C", "D"), _printed(3, "E", "F")]
    )
    assert "Wire" not in text
    assert "Page" not in text
    assert [text[place:].split(".")[0][-1] for place in pages] == ["A", "C", "E"]


def test_pages_that_are_all_alike_are_kept():
    """What is the whole text is no running head."""
    text, _ = running_text([lines("One."), lines("One."), lines("One.")])
    assert text.count("One.") == 3


def test_an_empty_page():
    """A page without text begins where the one before ends."""
    assert running_text([lines("One."), [], lines("Two.")]) == ("One.\n\nTwo.", [0, 4, 6])


def test_lines_whose_place_is_not_known():
    """Then short lines that end a sentence end a paragraph."""
    page = [Line(WIDE), Line("They won."), Line(WIDE)]
    assert running_text([page])[0] == f"{WIDE} They won.\n\n{WIDE}"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("o\ufb03cial  \ufb01re", "official fire"),
        ("mili\u00adtants", "militants"),
        ("mili\u00ad", "mili\u00ad"),
        ("\x00One\x07 ", "One"),
    ],
)
def test_letters_as_they_are_meant(raw, shown):
    """Ligatures are letters, and what cannot be seen is not there."""
    assert cleaned(raw) == shown


# PDF


def pdf_of(*pages, encrypted="", **said):
    """A PDF of pages, each of `(size, left, base, text)`."""
    writer = pypdf.PdfWriter()
    for page in pages:
        made = writer.add_blank_page(600, 800)
        drawn = "".join(
            f"BT /F {size} Tf {left} {base} Td ({text}) Tj ET\n" for size, left, base, text in page
        )
        stream = pypdf.generic.DecodedStreamObject()
        stream.set_data(drawn.encode("latin-1"))
        made[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
        made[pypdf.generic.NameObject("/Resources")] = _fonts()
    writer.add_metadata({f"/{name}": value for name, value in said.items()})
    if encrypted is not None and "owner" in said:
        writer.encrypt(encrypted, said["owner"], algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _fonts():
    name, dictionary = pypdf.generic.NameObject, pypdf.generic.DictionaryObject
    font = dictionary(
        {
            name("/Type"): name("/Font"),
            name("/Subtype"): name("/Type1"),
            name("/BaseFont"): name("/Helvetica"),
        }
    )
    return dictionary({name("/Font"): dictionary({name("/F"): font})})


FIRST = [
    (24, 72, 700, "Nine killed in Tazerbo"),
    (10, 72, 660, "Gunmen attacked the town of Tazerbo on Saturday, and the mili-"),
    (10, 72, 648, "tants held it for a day, the army said in Benghazi on Monday."),
]
SECOND = [(10, 72, 700, "Residents fled into the desert, and came back on Tuesday night.")]


def test_pdf(read_bytes):
    """Paragraphs, and the offset at which each page begins."""
    (document,) = read_bytes(pdf_of(FIRST, SECOND))
    assert document.text == (
        "Nine killed in Tazerbo\n\nGunmen attacked the town of Tazerbo on Saturday, and the "
        "militants held it for a day, the army said in Benghazi on Monday.\n\n"
        "Residents fled into the desert, and came back on Tuesday night."
    )
    assert [document.text[place:].split()[0] for place in document.pages] == ["Nine", "Residents"]
    assert document.page(document.text.index("fled")) == 2


def test_pdf_properties(read_bytes):
    """Title and author are taken, and no date, as it is the file's."""
    raw = pdf_of(
        FIRST, Title="Tazerbo: nine killed", Author="Jane Doe", CreationDate="D:20200201100000"
    )
    (document,) = read_bytes(raw)
    assert document.title == "Tazerbo: nine killed"
    assert document.authors == ("Jane Doe",)
    assert (document.published, document.modified) == (None, None)
    assert document.origins["title"] == "PDF properties"


def test_the_largest_type_is_the_headline(read_bytes):
    """A PDF whose title is but a file's name has the headline of its first page."""
    (document,) = read_bytes(pdf_of(FIRST, Title="tazerbo_final.indd"))
    assert document.title == "Nine killed in Tazerbo"
    assert document.origins["title"] == "largest type on the first page"


def test_a_pdf_in_one_size_has_no_headline(read_bytes):
    """Nothing stands out: there is no title."""
    (document,) = read_bytes(pdf_of(SECOND))
    assert document.title == ""


def test_a_pdf_that_opens_without_a_password(read_bytes):
    """What is only protected from changes is read."""
    (document,) = read_bytes(pdf_of(SECOND, owner="secret"))
    assert document.text == SECOND[0][3]


def test_a_pdf_with_a_password(read_bytes):
    """It is reported with what to do."""
    (failure,) = read_bytes(pdf_of(SECOND, encrypted="open", owner="secret"))
    assert failure.reason == "the PDF is encrypted; save it without a password"


@pytest.mark.parametrize(
    "raw",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"nonsense" * 100,
        pdf_of(SECOND)[:300],
    ],
)
def test_a_damaged_pdf(read_bytes, raw):
    """What is no whole PDF is reported as damaged."""
    (failure,) = read_bytes(raw)
    assert failure.reason.startswith("the PDF is damaged: ")


def test_a_damaged_page(read_bytes):
    """The other pages are read, and it is said which one was not."""
    raw = pdf_of(FIRST, SECOND)
    drawn = b"BT /F 10 Tf 72 700 Td (Residents"
    assert drawn in raw
    broken = raw.replace(drawn, (b"[" * 3 + b"<" + b" " * len(drawn))[: len(drawn)])
    found = read_bytes(broken)
    (document,) = [one for one in found if isinstance(one, Document)]
    assert document.text.startswith("Nine killed in Tazerbo")


def test_a_page_that_is_drawn_without_end(read_bytes):
    """A page that unpacks to more than a page is, is reported, and the others are read."""
    raw = pdf_of(FIRST, SECOND)
    reader = pypdf.PdfReader(io.BytesIO(raw))
    writer = pypdf.PdfWriter(clone_from=reader)
    stream = pypdf.generic.EncodedStreamObject()
    stream._data = zlib.compress(bytes(30_000_000))
    stream[pypdf.generic.NameObject("/Filter")] = pypdf.generic.NameObject("/FlateDecode")
    writer.pages[1][pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    failure, document = read_bytes(out.getvalue())
    assert failure.reason.startswith("1 of 2 pages cannot be read; the first is page 2: ")
    assert document.title == "Nine killed in Tazerbo"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "imagemagick-images",
            "the PDF holds no text, only pictures; run it through OCR first, e.g. ocrmypdf",
        ),
        ("libreoffice-writer-password", "the PDF is encrypted; save it without a password"),
    ],
)
def test_pdfs_that_hold_no_text(test_data, name, reason):
    """Pictures of text and locked text are reported with what to do."""
    (failure,) = read(test_data / "messy" / "pdf" / f"{name}.pdf")
    assert failure.reason == reason


def test_two_columns(test_data):
    """A page of two columns is read column by column, with divided words whole."""
    (document,) = read(test_data / "messy" / "pdf" / "multicolumn.pdf")
    assert document.title == "Two-Column Document with Lorem Ipsum"
    assert "consectetuer adipiscing elit" in document.text
    assert "Vivamus viverra fermentum felis. Donec nonummy pellentesque ante." in document.text
    assert len(document.pages) == 3


def test_right_to_left(test_data):
    """Arabic comes out as it is written."""
    (document,) = read(test_data / "messy" / "pdf" / "habibi.pdf")
    assert document.text == "حَبيبي habibi حَبيبي"


@pytest.mark.parametrize("folder", ["pdf", "office"])
def test_every_test_file_is_read_or_reported(test_data, folder):
    """Each of other people's files is read or reported in plain words."""
    for path in sorted((test_data / "messy" / folder).iterdir()):
        found = list(read(path))
        assert found, path
        for one in found:
            assert not isinstance(one, Failure) or "cannot be read as" not in one.reason, path
