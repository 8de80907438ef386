"""What is known of an article: dates, datelines, whom it relays, and which place is trusted."""

import datetime as dt
import io
import lzma
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.read import Source, read
from index.read.dateline import said_in
from index.read.dates import date_in_name, date_of
from index.read.metadata import Metadata, combined, metadata_from, parse_date
from index.read.record import document_of

# Dates


@pytest.mark.parametrize(
    "written",
    [
        *("2018-11-25", "2018/11/25", "2018.11.25", "20181125", "2018-11-25T10:00", "2018-11-25Z"),
        *("2018-11-25T23:59:59Z", "2018-11-25T00:30:00+14:00", "2018-11-25 10:00:00.123456 -0800"),
        *("20181125T100000Z", "2018-11-25 10:00:00 UTC", "2018-11-25T10:00:00 +0200"),
        *(
            "Sun, 25 Nov 2018 23:30:00 -0800",
            "Sun, 25 Nov 18 10:00:00 GMT",
            "25 Nov 2018 10:00 EST",
        ),
        *("Sunday, 25-Nov-18 10:00:00 GMT", "Sun Nov 25 10:00:00 2018", "25-NOV-2018"),
        *("Sun Nov 25 10:00:00 +0000 2018", "Sun Nov 25 2018 10:00:00 GMT+0100 (Some Time)"),
        *(
            "25 Nov. 2018",
            "Nov. 25, 2018",
            "November 25th, 2018",
            "NOVEMBER 25, 2018",
            "Nov 25,2018",
        ),
        *("25th of November 2018", "Sunday 25th of November, 2018", "Published: 25 Nov 2018"),
        *("Nov 25, 2018, 3:45 p.m. ET", "Nov. 25, 2018 at 3 p.m.", "25 Nov 2018 - 10:00"),
        *("25/11/2018", "11/25/2018", "25.11.2018", "25-11-2018", "25.11.2018, 10:00 Uhr"),
    ],
)
def test_dates_as_the_world_writes_them(written):
    """One day, in many forms, with a time or without; a zone does not shift it."""
    assert parse_date(written) == dt.date(2018, 11, 25)


@pytest.mark.parametrize(("written", "year"), [("68", 2068), ("69", 1969)])
def test_years_of_two_digits(written, year):
    """They are those of 1969 to 2068."""
    assert parse_date(f"Sun, 25 Nov {written} 10:00:00 GMT") == dt.date(year, 11, 25)


@pytest.mark.parametrize(
    "written",
    [
        *("25. November 2018", "Sonntag, 25. November 2018", "25 novembre 2018 à 10h30"),
        *(
            "dimanche 25 novembre 2018",
            "25 de noviembre de 2018",
            "domingo, 25 de novembro de 2018",
        ),
        *("25 novembre 2018", "25 noviembre 2018", "25 november 2018", "den 25. november 2018"),
        *("25. marraskuuta 2018", "25. studenoga 2018", "25 Kasım 2018"),
        *("25 ноября 2018 г.", "25 листопада 2018 року", "25 ноември 2018", "25 Νοεμβρίου 2018"),
        *("2018. november 25.", "2018年11月25日", "2018년 11월 25일", "2018. 11. 25."),
    ],
)
def test_dates_in_other_languages(written):
    """Months go by their names in the languages of Europe; a year in front needs none."""
    assert parse_date(written) == dt.date(2018, 11, 25)


@pytest.mark.parametrize(
    "written",
    [
        *("03/04/2018", "3.4.2018", "12-11-2018", "4/3/18", "25/11/18", "11/25"),
        *("31/31/2018", "30 February 2018", "2018-02-30", "2018-00-10", "20181325", "25 Foo 2018"),
        *("1543190400", "1543190400000", "1543190400.5", "20181125100000", "2018", "11/2018"),
        *("1970-01-01T00:00:00Z", "1970-01-01 00:00:00+00:00", "0001-01-01", "0000-00-00"),
        *("yesterday", "2 days ago", "Nov 25", "25 Nov", "November 2018", "25 listopad 2018"),
        *("25 November 2018 - 26 November 2018", "2018-11-25/2018-11-26", "2018-11-25 and later"),
        *("25 srp 2018", "2018-11-25" + " " * 200 + "x", "25 Nov 2018 10:00 " + "A" * 90),
    ],
)
def test_dates_that_are_not_sure(written):
    """What could be two days, or none, or a program's zero, is no date."""
    assert parse_date(written) is None


def test_both_readings_the_same():
    """Where day and month are the same number there is but one reading."""
    assert parse_date("05/05/2018") == dt.date(2018, 5, 5)


@given(day=st.dates(min_value=dt.date(1900, 1, 1)), form=st.sampled_from(["%d %B %Y", "%B %d, %Y"]))
def test_every_day_is_read_back(day, form):
    """Every day is read back as it was written."""
    assert date_of(day.strftime(form)) == day
    assert date_of(day.isoformat()) == day
    assert date_in_name(f"{day:%Y%m%d} a.txt") in (day, None)


@given(st.text(st.sampled_from("0123456789 :.,-/+()ANovamp年月日Tth"), max_size=110))
def test_any_line(line):
    """Nothing makes a date's reader raise, and it gives days alone."""
    found = date_of(line)
    assert found is None or type(found) is dt.date


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2019-11-27 Tazerbo.html", dt.date(2019, 11, 27)),
        ("20191127.txt", dt.date(2019, 11, 27)),
        ("attack_2019_11_27_final.pdf", dt.date(2019, 11, 27)),
        ("AP.2019.11.27.txt", dt.date(2019, 11, 27)),
        ("2019-11-27 (copy of 20191127).txt", dt.date(2019, 11, 27)),
        ("2019-11-27 to 2019-11-28.txt", None),
        ("2019-11_27.txt", None),
        ("2019-13-27.txt", None),
        ("2019-02-30.txt", None),
        ("27-11-2019.txt", None),
        ("120191127.txt", None),
        ("20191127103000.txt", None),
        ("2019-11.txt", None),
        ("article.txt", None),
    ],
)
def test_dates_in_file_names(name, day):
    """A file's name may say one date, with its parts in order; of two it says none."""
    assert date_in_name(name) == day


# Datelines


@pytest.mark.parametrize(
    ("text", "dateline", "relays"),
    [
        ("TRIPOLI, Libya (Reuters) - Gunmen attacked.", "TRIPOLI, Libya", "Reuters"),
        ("WASHINGTON, Nov 3 (AP) — The army said so.", "WASHINGTON, Nov 3", "AP"),
        ("BEIJING, Nov. 3, 2018 (Xinhua) -- The", "BEIJING, Nov. 3, 2018", "Xinhua"),
        ("PARIS, 3 novembre 2018 (AFP) - Le", "PARIS, 3 novembre 2018", "AFP"),
        ("    NEW YORK, March 2 - Shares rose.", "NEW YORK, March 2", ""),
        ("    MIDLAND, MICH., March 30 -\n    Dow said", "MIDLAND, MICH., March 30", ""),
        ("BERLIN: The chancellor said so.", "BERLIN", ""),
        ("THE HAGUE — Judges ruled", "THE HAGUE", ""),
        ("ST. LOUIS, Mo. (AP) — A man", "ST. LOUIS, Mo.", "AP"),
        ("PORT-AU-PRINCE, Haiti (AP) — The", "PORT-AU-PRINCE, Haiti", "AP"),
        ("BEIRUT/DAMASCUS (Reuters) - Rebels", "BEIRUT/DAMASCUS", "Reuters"),
        ("O'FALLON, Mo. - A man", "O'FALLON, Mo.", ""),
        ("МОСКВА, 3 ноября — Президент", "МОСКВА, 3 ноября", ""),
        ("SÃO PAULO (AP) — The", "SÃO PAULO", "AP"),
        ("Kiel (dpa) – Der Minister", "Kiel", "dpa"),
        ("Paris, France (AFP) - The", "Paris, France", "AFP"),
        ("Nine killed\n\nTRIPOLI (Asharq Al-Awsat) — The", "TRIPOLI", "Asharq Al-Awsat"),
        ("Nine killed\nBy A. Writer\n\nTRIPOLI, Libya - The", "TRIPOLI, Libya", ""),
    ],
)
def test_datelines(text, dateline, relays):
    """A dateline begins one of the first lines; its agency is whom the article relays."""
    said = said_in(text)
    assert (said.dateline, said.relays) == (dateline, relays)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "BREAKING: Nine killed in Tazerbo",
            "UPDATE 1 - Nine killed",
            "OPINION: The army is weak",
        ),
        *("WATCH LIVE: The president speaks", "NATO: what it is", "A - Z of news", "Q: Who is it?"),
        *("NINE KILLED - ARMY SAYS\nThe army", "NINE PEOPLE KILLED IN TAZERBO ATTACK: army says"),
        *(
            "Angela Merkel (CDU) - hat",
            "Tazerbo - The town",
            "Berlin: The chancellor",
            "He said - no",
        ),
        *(
            "The army said in TRIPOLI, Libya (Reuters) - so",
            "TRIPOLI-based army",
            "TRIPOLI:no space",
        ),
        *("UN - The", "NEW SAINT MARYS ON SEA - The"),
        *("ROME, Foo 3 - The", "One\nTwo\nThree\nTRIPOLI (Reuters) - The", "1,000 - a number", ""),
    ],
)
def test_what_is_no_dateline(text):
    """Headlines, labels, names of people, and what stands later or within a line, are none."""
    assert said_in(text).dateline == ""


def test_datelines_of_reuters(test_data):
    """Of 500 stories nineteen in twenty show their dateline; without it, hardly one shows any."""
    packed = (test_data / "reuters21578" / "reut2-003.sgm.xz").read_bytes()
    raw = lzma.decompress(packed).decode("latin-1")
    stories = re.findall(r"<DATELINE>(.*?)</DATELINE><BODY>(.*?)</BODY>", raw, re.DOTALL)[:500]
    assert len(stories) == 500
    found = [
        (said_in(dateline + body).dateline, " ".join(dateline.split()).rstrip("- "))
        for dateline, body in stories
    ]
    assert sum(said == true for said, true in found) > 0.95 * 500
    assert sum(said not in ("", true) for said, true in found) < 0.01 * 500
    assert sum(said_in(body).dateline != "" for _, body in stories) < 0.01 * 500


@pytest.mark.parametrize(
    ("text", "relays"),
    [
        ("Nine died, like reported by aawsat.com.", "aawsat.com"),
        ("Nine died, as reported by the Libya Observer, officials said.", "the Libya Observer"),
        ("As was reported by Reuters Monday, nine died.", "Reuters"),
        ("This article was originally published on bbc.co.uk today.", "bbc.co.uk"),
        ("It was first reported in the New York Times.", "the New York Times"),
        ("The case was first reported in China.", ""),
        ("The attack was reported by Bob.", ""),
        ("It is as reported.", ""),
    ],
)
def test_whom_an_article_relays(text, relays):
    """What an article says that it has its news from, and nobody who is merely named."""
    assert said_in(text).relays == relays


@given(st.text(st.sampled_from("AB ab.,-—:()/'’\n 12ÄЖ"), max_size=300))
def test_any_beginning(text):
    """No beginning of a text makes the reader of datelines raise."""
    assert said_in(text).dateline.isprintable()


# Which place is trusted


def test_the_first_place_that_knows_wins():
    """Each field comes from the first place that has it, and says which place that was."""
    values, origins = combined(
        [
            Metadata(title="", source="AP", origin="JSON-LD"),
            Metadata(title="Attack", source="Reuters", authors=("A",), origin="meta tags"),
            Metadata(title="Other", section="World"),
        ]
    )
    assert values == {"title": "Attack", "source": "AP", "authors": ("A",), "section": "World"}
    assert origins == {"title": "meta tags", "source": "JSON-LD", "authors": "meta tags"}


def _source(name, **known):
    return Source(
        path=name, identity=name, open=io.BytesIO, known=Metadata(**known, origin="web archive")
    )


def test_what_is_said_within_comes_before_the_name():
    """What the file says goes before what is known from outside, and both before its name."""
    text = "TRIPOLI, Libya (Reuters) - Nine died."
    within = Metadata(published=dt.date(2018, 11, 25), origin="JSON-LD")
    document = document_of(_source("20191127.txt"), text, within)
    assert document.published == dt.date(2018, 11, 25)
    document = document_of(_source("20191127.txt", published=dt.date(2018, 11, 26)), text)
    assert document.published == dt.date(2018, 11, 26)
    document = document_of(_source("20191127.txt"), text)
    assert document.published == dt.date(2019, 11, 27)
    assert document.origins == {
        "published": "file name",
        "dateline": "the article's text",
        "relays": "the article's text",
    }


def test_date_of_a_folder_is_none(tmp_path):
    """The date in the name of a folder, and the time at which a file was written, are no date."""
    folder = tmp_path / "2019-11-27"
    folder.mkdir()
    (folder / "a.txt").write_text("Nine died.")
    (document,) = read(folder / "a.txt")
    assert document.published is None


def test_name_of_a_file_of_many_dates_no_record(tmp_path):
    """The date in the name of an export is not that of its records."""
    path = tmp_path / "export-2019-11-27.jsonl"
    path.write_text('{"text": "Nine died."}\n')
    (document,) = read(path)
    assert document.published is None


def test_canonical_address_where_there_is_no_other():
    """A canonical address serves as the address where none is known, and makes the id."""
    canonical = Metadata(canonical_url="https://example.com/a", origin="link")
    one = document_of(_source("a.html"), "Nine died.", canonical)
    other = document_of(_source("b.html", url="https://example.com/a?x=1"), "Nine died.", canonical)
    assert one.url == "https://example.com/a"
    assert other.url == "https://example.com/a?x=1"
    assert one.id == other.id


def test_names_that_records_use():
    """Fields go by several names; the first of them that is not empty counts."""
    found = metadata_from(
        {
            "Headline": "Attack",
            "byline": "A; B",
            "pubdate": "25 Nov. 2018",
            "date": "",
            "lang": "en",
        }
    )
    assert found == Metadata(
        title="Attack", authors=("A", "B"), published=dt.date(2018, 11, 25), language="en"
    )
