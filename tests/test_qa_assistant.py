"""From a question to an answer: verbatim, filtered, folded; or why there is none."""

import datetime as dt
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Archive, Document, Filters, InvalidInput
from index.errors import ArchiveDamaged, EncoderMismatch, NoArchive
from qa import Answer, Assistant, NoAnswer, Question, Reason, Role
from qa.datatypes import Change

REPORT = (
    "It rained all night. The rebels seized the harbour of Zuwara on Monday. "
    "Fishermen fled to the hills. The mayor asked for help."
)
WHO = "Who seized the harbour of Zuwara?"


@pytest.fixture(name="assistant")
def _assistant(archive, real_reader):
    """An assistant over `archive`."""
    return Assistant(archive, real_reader)


def test_models_are_loaded_when_they_are_first_needed(tmp_path):
    """An assistant is open before torch is imported; it is once the assistant is warmed up."""
    with Archive.open(tmp_path / "archive"):
        pass
    program = (
        "import sys\nfrom qa import Assistant\n"
        "assistant = Assistant.open(sys.argv[1])\nassert 'torch' not in sys.modules\n"
        "assistant.warm_up()\nassert 'torch' in sys.modules\n"
        "import gc\nassert gc.get_freeze_count() > 100_000\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "archive"], stderr=subprocess.PIPE, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def shown(answer):
    """What an answer shows of the archive, without the times it took."""
    if isinstance(answer, Answer):
        words = (answer.text, answer.start, answer.end, answer.confidence)
        return words, answer.searched, answer.citations
    return answer.reason, answer.searched, answer.nearest


# Answers


def test_the_answer_quotes_its_sentence(assistant, put):
    """The sentence, its place, the words in it, the document: all as they were added."""
    put(id="a", text=REPORT, title="Harbour taken", source="Gazette")
    answer = assistant.ask(WHO)
    assert isinstance(answer, Answer)
    assert answer.sentence == "The rebels seized the harbour of Zuwara on Monday."
    assert answer.text == "rebels"
    assert answer.citations[0].role is Role.ANSWER
    assert answer.citations[0].document == assistant.archive.document("a")
    assert REPORT[answer.start : answer.end] == answer.text
    assert answer.question == Question(text=WHO)
    assert answer.interpreted == WHO


def test_of_the_same_event_in_two_years_the_one_asked_for(assistant, put):
    """The day an article was published tells the year, which no sentence of it does."""
    put(
        {
            "id": "old",
            "text": "Ana Berg won the Kadara marathon.",
            "published": dt.date(2018, 5, 6),
        },
        {
            "id": "new",
            "text": "Ute Holm won the Kadara marathon.",
            "published": dt.date(2019, 5, 5),
        },
    )
    for year, winner in (("2018", "Ana Berg"), ("2019", "Ute Holm")):
        answer = assistant.ask(f"Who won the Kadara marathon in {year}?")
        assert isinstance(answer, Answer), year
        assert answer.sentence.startswith(winner)


@pytest.mark.parametrize(
    ("given", "both"),
    [
        ({"top_k": 2}, r"top_k=3.*top_k=2"),
        ({"filters": Filters(sources=("Star",))}, r"sources=\(\).*sources=\('Star',\)"),
    ],
    ids=["top_k", "filters"],
)
def test_a_question_is_not_contradicted(assistant, put, given, both):
    """What a `Question` says and an argument says otherwise is refused, with both values."""
    put(id="a", text=REPORT)
    question = Question(text=WHO, top_k=3)
    with pytest.raises(InvalidInput, match=both):
        assistant.ask(question, **given)


def test_a_question_may_be_said_twice(assistant, put):
    """The same filters and number beside a `Question` change nothing."""
    put(id="a", text=REPORT, source="Star")
    filters = Filters(sources=("Star",))
    question = Question(text=WHO, filters=filters, top_k=1)
    again = assistant.ask(question, filters=Filters(sources=("Star",)), top_k=1)
    assert shown(again) == shown(assistant.ask(question))


def test_an_answer_says_what_was_searched(assistant, put):
    """The whole archive is counted, documents and sentences."""
    put({"id": "a", "text": REPORT}, {"id": "b", "text": "One sentence. Another one."})
    searched = assistant.ask(WHO).searched
    assert (searched.documents, searched.sentences, searched.undated) == (2, 6, 0)


def test_an_answer_says_how_it_was_found(assistant, put):
    """The stages are search and reading, and their times are the whole time."""
    put(id="a", text=REPORT)
    answer = assistant.ask(WHO)
    assert [stage.name for stage in answer.stages] == ["search", "read"]
    assert answer.stages[1].detail == "4 sentences"
    total = sum(stage.milliseconds for stage in answer.stages)
    assert total == pytest.approx(answer.elapsed_ms)
    assert answer.elapsed_ms > 0


@pytest.mark.parametrize("top_k", [1, 2, 3])
def test_top_k_limits_the_citations(assistant, put, top_k):
    """At most `top_k` sentences are cited, the answering one first."""
    put(
        *(
            {"id": str(number), "text": f"The rebels seized the harbour of Zuwara {word}."}
            for number, word in enumerate(["twice", "again", "early", "late", "once more"])
        )
    )
    answer = assistant.ask(WHO, top_k=top_k)
    assert len(answer.citations) == top_k
    assert [one.role for one in answer.citations] == [Role.ANSWER] + [Role.OTHER] * (top_k - 1)


def test_citations_are_ordered_by_score(assistant, put):
    """Further sentences follow by score, none better than the first, none far below it."""
    put(
        *(
            {"id": str(number), "text": f"The rebels seized the harbour of Zuwara {word}."}
            for number, word in enumerate(["twice", "again", "early", "late", "once more"])
        )
    )
    scores = [one.score for one in assistant.ask(WHO).citations]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert scores[0] - scores[-1] <= 4


def test_what_is_far_below_the_answer_is_not_cited(assistant, put):
    """Sentences that do not come near are left out, though there is room for them."""
    put(id="a", text=REPORT)
    assert [one.role for one in assistant.ask(WHO, top_k=10).citations] == [Role.ANSWER]


def test_spaces_are_quoted_as_they_are(assistant, put):
    """Doubled spaces, tabs and line ends within a sentence are part of its quote."""
    text = "It  rained.\r\n\r\nThe\trebels  seized the\r\nharbour of\u00a0Zuwara.  The end."
    put(id="a", text=text)
    answer = assistant.ask(WHO)
    assert answer.sentence == "The\trebels  seized the\r\nharbour of\u00a0Zuwara."
    assert answer.text == "rebels"


def test_a_sentence_that_names_less_is_supported(assistant, put):
    """The neighbour that names what the question names is cited with the answering sentence."""
    text = (
        "Nothing is known of the weather. Rebels claimed the attack after fleeing their mountain "
        "fortress at dawn. The bomb killed nine villagers in Zuwara. Trains ran on time."
    )
    put(id="a", text=text)
    answer = assistant.ask("Who claimed the Zuwara attack?")
    assert answer.sentence.startswith("Rebels claimed")
    assert answer.citations[1].role is Role.SUPPORT
    assert answer.citations[1].quote == "The bomb killed nine villagers in Zuwara."


def test_copies_are_folded(assistant, put):
    """The same text in three documents is cited once, with the ids of the others."""
    put({"id": "a", "text": REPORT}, {"id": "b", "text": REPORT}, {"id": "c", "text": REPORT})
    answer = assistant.ask(WHO)
    first = answer.citations[0]
    assert first.document.id == "a"
    assert first.copies == ("b", "c")
    assert [one.quote for one in answer.citations].count(first.quote) == 1
    assert answer.searched.documents == 3


def test_a_sentence_of_two_articles_is_cited_once(assistant, put):
    """A sentence that two different articles share takes one place among the citations."""
    put({"id": "a", "text": REPORT}, {"id": "b", "text": REPORT + " The sea was calm."})
    quotes = [one.quote for one in assistant.ask(WHO, top_k=10).citations]
    assert len(quotes) == len(set(quotes))


@pytest.mark.parametrize("question", [WHO, "Who won the World Cup?", '"the harbour"'])
def test_a_question_may_be_given_whole(assistant, put, question):
    """A `Question` is asked as its text is, and comes back with its id."""
    put(id="a", text=REPORT)
    whole = assistant.ask(Question(text=question, id=7, top_k=2))
    assert shown(whole) == shown(assistant.ask(question, top_k=2))
    assert whole.question.id == 7


# No answer


def test_an_empty_archive_says_so(assistant):
    """An archive without documents is the reason."""
    answer = assistant.ask(WHO)
    assert isinstance(answer, NoAnswer)
    assert answer.reason is Reason.EMPTY_ARCHIVE
    assert answer.nearest == ()
    assert answer.searched.documents == 0


@pytest.mark.parametrize(
    "filters",
    [
        Filters(sources=("Nobody's Daily",)),
        Filters(after=dt.date(2020, 1, 1)),
        Filters(before=dt.date(2000, 1, 1)),
    ],
)
def test_filters_that_leave_nothing_are_the_reason(assistant, put, filters):
    """When no document passes the filters, they are the reason, not the archive."""
    put(id="a", text=REPORT, source="Gazette", published=dt.date(2018, 11, 25))
    answer = assistant.ask(WHO, filters=filters)
    assert answer.reason is Reason.NOTHING_MATCHES_THE_FILTERS
    assert answer.searched.documents == 0


def test_filters_over_an_empty_archive_are_not_the_reason_for_its_emptiness(assistant):
    """Under filters, an archive that has nothing has nothing that matches them."""
    answer = assistant.ask(WHO, filters=Filters(sources=("Gazette",)))
    assert answer.reason is Reason.NOTHING_MATCHES_THE_FILTERS


def test_a_phrase_that_is_nowhere_is_the_reason(assistant, put):
    """A quoted phrase that no text has, word for word, is the reason."""
    put(id="a", text=REPORT)
    answer = assistant.ask('Who seized "the harbours of Zuwara"?')
    assert answer.reason is Reason.PHRASE_NOT_FOUND
    assert answer.nearest == ()


def test_what_nothing_answers_is_not_in_the_archive(assistant, put):
    """Otherwise it is not in the archive, and the three nearest sentences are shown."""
    put(id="a", text=REPORT)
    answer = assistant.ask("Which company bought the telescope patent?")
    assert answer.reason is Reason.NOT_IN_ARCHIVE
    assert len(answer.nearest) == 3
    assert all(REPORT[one.start : one.end] == one.quote for one in answer.nearest)
    assert {one.role for one in answer.nearest} == {Role.OTHER}


def test_the_first_of_the_nearest_is_the_nearest(assistant, put):
    """The nearest sentences are in order of score."""
    put(id="a", text=REPORT)
    answer = assistant.ask("Which company bought the harbour telescope?")
    scores = [one.score for one in answer.nearest]
    assert scores == sorted(scores, reverse=True)
    assert "harbour" in answer.nearest[0].quote


# Filters and phrases


@pytest.fixture(name="dated")
def _dated(put):
    """One report of three days and two outlets, and one without a date."""
    days = {"early": dt.date(2019, 11, 24), "middle": dt.date(2019, 11, 25), "late": None}
    for name, day in days.items():
        put(
            id=name,
            text=f"The rebels seized the harbour of Zuwara, the {name} report said.",
            source="Gazette" if name == "early" else "The Straße",
            published=day,
        )


@pytest.mark.parametrize(
    ("filters", "cited", "undated"),
    [
        (Filters(), {"early", "middle", "late"}, 0),
        (Filters(after=dt.date(2019, 11, 24)), {"early", "middle"}, 1),
        (Filters(after=dt.date(2019, 11, 25)), {"middle"}, 1),
        (Filters(before=dt.date(2019, 11, 24)), {"early"}, 1),
        (
            Filters(after=dt.date(2019, 11, 25), before=dt.date(2019, 11, 25)),
            {"middle"},
            1,
        ),
        (Filters(sources=("GAZETTE",)), {"early"}, 0),
        (Filters(sources=("the strasse",)), {"middle", "late"}, 0),
        (Filters(sources=("gazette", "The Straße")), {"early", "middle", "late"}, 0),
        (Filters(sources=("gazette",), before=dt.date(2019, 12, 31)), {"early"}, 0),
        (Filters(sources=("The Straße",), after=dt.date(2019, 1, 1)), {"middle"}, 1),
    ],
)
def test_only_what_the_filters_admit_is_cited(assistant, dated, filters, cited, undated):
    """Dates are inclusive, sources ignore case, and what has no date is left out and counted."""
    answer = assistant.ask(WHO, filters=filters)
    assert {one.document.id for one in answer.citations} == cited
    assert answer.searched.documents == len(cited)
    assert answer.searched.undated == undated


def test_a_question_carries_its_filters(assistant, dated):
    """Filters of a `Question` are applied as those of `ask` are."""
    answer = assistant.ask(Question(text=WHO, filters=Filters(sources=("gazette",))))
    assert {one.document.id for one in answer.citations} == {"early"}


def test_a_quoted_phrase_must_be_there(assistant, put):
    """Only sentences of passages with the very words are read, though others answer better."""
    put(
        {"id": "a", "text": "The rebels seized the harbour of Zuwara."},
        {"id": "b", "text": "Zuwara lost its harbour when the brigade came, rebels said."},
    )
    assert assistant.ask(WHO).citations[0].document.id == "a"
    answer = assistant.ask('Who seized "its harbour" of Zuwara, rebels said?')
    assert {one.document.id for one in answer.citations} == {"b"}


def test_a_phrase_alone_is_found_where_it_stands(assistant, put):
    """A quoted phrase and nothing else is answered with its own words, as they are written."""
    put(id="a", text=REPORT)
    answer = assistant.ask('"THE  harbour of zuwara"')
    assert answer.text == "the harbour of Zuwara"
    assert answer.sentence == "The rebels seized the harbour of Zuwara on Monday."


# Conversation


def test_a_follow_up_is_understood_by_the_turn_before(assistant, put):
    """What a follow-up points at is taken from the turn before it, and shown."""
    put(id="a", text=REPORT)
    first = assistant.ask(WHO)
    second = assistant.ask("When did they seize it?", history=[first])
    assert second.interpreted == "When did the rebels seize the harbour of Zuwara?"
    assert second.question.text == "When did they seize it?"
    assert second.text == "Monday"


def test_the_article_last_cited_is_looked_at_first(assistant, put):
    """A follow-up is answered from it, though another article fits as well."""
    put(
        {"id": "a", "text": "The rebels seized the harbour of Zuwara. The rebels left on Friday."},
        {"id": "b", "text": "The rebels left on Tuesday. Nobody saw the rebels who left."},
    )
    first = assistant.ask(WHO)
    assert first.citations[0].document.id == "a"
    second = assistant.ask("When did they leave?", history=[first])
    assert {citation.document.id for citation in second.citations} == {"a"}
    assert second.searched.documents == 1


def test_where_the_article_last_cited_has_no_answer_all_are_searched(assistant, put):
    """What the article does not tell, another may."""
    put(
        {"id": "a", "text": REPORT},
        {"id": "b", "text": "The rebels of Zuwara were paid 40 million dollars by Osric Bell."},
    )
    first = assistant.ask(WHO)
    second = assistant.ask("How many dollars were they paid by Osric Bell?", history=[first])
    assert second.citations[0].document.id == "b"
    assert second.searched.documents == 2


def test_a_follow_up_keeps_to_its_filters(assistant, put):
    """The article last cited is not looked at where the filters leave it out."""
    put({"id": "a", "text": REPORT}, {"id": "b", "text": REPORT.replace("Monday", "Friday")})
    first = assistant.ask(WHO, filters=Filters(documents=("a",)))
    asked = Filters(documents=("b",))
    second = assistant.ask("When did they seize it?", history=[first], filters=asked)
    assert {citation.document.id for citation in second.citations} == {"b"}


def test_an_unclear_question_is_asked_back(assistant, put):
    """Nothing is searched; the two questions that it may mean are offered, with its filters."""
    put(id="a", text=REPORT)
    filters = Filters(sources=("Gazette",))
    first = assistant.ask("What did Osric Bell tell Edmund Crane?")
    second = assistant.ask("Where did he go?", history=[first], filters=filters)
    assert (second.reason, second.nearest) == (Reason.UNCLEAR, ())
    assert second.interpreted == "Where did he go?"
    assert [way.change for way in second.ways] == [Change.MEANT, Change.MEANT]
    texts = [way.question.text for way in second.ways]
    assert texts == ["Where did Osric Bell go?", "Where did Edmund Crane go?"]
    assert all(way.question.filters == filters for way in second.ways)
    assert assistant.suggest(second) is second


def test_without_history_a_question_is_taken_as_it_is(assistant, put):
    """Nothing is added to a question that nothing came before."""
    put(id="a", text=REPORT)
    assert assistant.ask("When did they seize it?").interpreted == "When did they seize it?"


# Damage, derived files, threads


def change(archive, sql):
    """Change the stored file behind the archive's back."""
    connection = apsw.Connection(str(archive.folder / "archive.sqlite"))
    connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE contents SET text = replace(text, 'rebels', 'police')",
        "UPDATE contents SET text = text || ' '",
        "UPDATE contents SET text = ' ' || text",
        "UPDATE documents SET title = 'Another title'",
        "UPDATE documents SET published = '2001-01-01'",
        "UPDATE passages SET spans = CAST(substr(spans, 5) || substr(spans, 1, 4) AS BLOB)",
    ],
)
def test_damage_is_never_an_answer(assistant, put, sql):
    """Changed text, metadata or places are an error that names the next step."""
    put(id="a", text=REPORT, title="Harbour taken", published=dt.date(2018, 11, 25))
    assert assistant.ask(WHO).text == "rebels"
    change(assistant.archive, sql)
    with pytest.raises(ArchiveDamaged, match="onrecord verify"):
        assistant.ask(WHO)


def test_answers_are_the_same_without_faiss_files(tmp_path, encoder, put, archive, real_reader):
    """With every FAISS file deleted, every answer is what it was, to the last score."""
    put(
        *(
            {"id": str(number), "text": REPORT.replace("Monday", word)}
            for number, word in enumerate(["Sunday", "Friday", "Tuesday", "Thursday"])
        )
    )
    questions = [WHO, "When was the harbour seized?", "Who won the cup?", '"the hills"']
    before = [shown(Assistant(archive, real_reader).ask(one)) for one in questions]
    files = list(archive.folder.glob("*.faiss"))
    assert files
    for file in files:
        file.unlink()
    with Archive.open(archive.folder, create=False, encoder=encoder) as opened:
        again = Assistant(opened, real_reader)
        assert [shown(again.ask(one)) for one in questions] == before


def test_threads_get_the_answers_that_one_would(assistant, put):
    """Eight threads with ten questions each get what one gets alone."""
    words = "harbour mountain bridge market airport school station castle river forest".split()
    put(
        *(
            {"id": word, "text": f"It rained. The {word} brigade seized the {word} of Zuwara."}
            for word in words
        )
    )
    questions = [f"Who seized the {word} of Zuwara?" for word in words]
    alone = [shown(assistant.ask(question)) for question in questions]
    with ThreadPoolExecutor(max_workers=8) as pool:
        runs = [
            pool.submit(lambda: [shown(assistant.ask(question)) for question in questions])
            for _ in range(8)
        ]
        assert [run.result() for run in runs] == [alone] * 8
    assert len({one[0] for one in alone}) == len(words)


# Opening


def test_opening_no_archive_is_an_error(tmp_path):
    """An archive that is not there is not made, and the message says how to make one."""
    with pytest.raises(NoArchive, match="onrecord add"):
        Assistant.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_another_encoder_is_refused(archive, put, make_encoder):
    """An archive is not asked with another encoder than the one that made it."""
    put(id="a", text=REPORT)
    with pytest.raises(EncoderMismatch, match="onrecord reencode"):
        Assistant.open(archive.folder, encoder=make_encoder(name="other"))


def test_an_opened_assistant_answers(archive, put, encoder):
    """`Assistant.open` loads what it needs, and closes the archive it opened."""
    put(id="a", text=REPORT)
    with Assistant.open(archive.folder, encoder=encoder) as assistant:
        assert assistant.languages == "English"
        assert assistant.ask(WHO).text == "rebels"


@pytest.mark.parametrize(
    ("question", "top_k"), [("", 5), (" \n", 5), ("x" * 10_001, 5), (WHO, 0), (WHO, -3)]
)
def test_a_question_that_cannot_be_asked_is_refused(assistant, question, top_k):
    """Empty, too long, or no citation wanted: an error, not an answer."""
    with pytest.raises(InvalidInput):
        assistant.ask(question, top_k=top_k)


# Whether it is given


class Deciding:
    """A reader that decides as it is told."""

    languages = "none"

    def __init__(self, reader, *, is_given):
        self._reader = reader
        self._is_given = is_given

    def read_hits(self, question, result):
        return replace(self._reader.read_hits(question, result), is_given=self._is_given)

    def read(self, question, text):
        return self._reader.read(question, text)


@pytest.mark.parametrize(("is_given", "kind"), [(False, NoAnswer), (True, Answer)])
def test_the_reader_decides_whether_it_is_given(archive, put, is_given, kind, real_reader):
    """What is not better given than refused is no answer; any `PassageReader` will do."""
    put(id="a", text=REPORT)
    assistant = Assistant(archive, Deciding(real_reader, is_given=is_given))
    assert isinstance(assistant.ask(WHO), kind)


# Anything at all

NAMES = ["Zuwara", "ISIS", "al-Abaaj", "Brig. Gen.", "Jürgen", "Триполи", "طرابلس", "東京", "U.S."]
PLAIN = "the rebels seized harbour killed nine on Monday 25 November in 2016 said".split()
ODD = [
    "“quoted”",
    '"straight"',
    "😀",
    "e\u0301",
    "\u200b",
    "\u202e",
    "\r\n",
    "\n\n",
    "\t",
    "--",
    "(",
    "’s",
]
PIECES = st.sampled_from(NAMES + PLAIN + PLAIN + ODD + [".", ".", "?", ","])
TEXTS = st.lists(PIECES, min_size=1, max_size=60).map(" ".join).filter(str.strip)
ASKS = st.lists(PIECES, min_size=1, max_size=10).map(" ".join)
QUESTIONS = st.one_of(
    ASKS.map("who {}?".format),
    ASKS.map("how many {}".format),
    ASKS.map("when did {}".format),
    ASKS.map('"{}"'.format),
    ASKS.filter(str.strip),
    st.text(min_size=1, max_size=40).filter(str.strip),
)


@settings(max_examples=40)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=8),
    questions=st.lists(QUESTIONS, min_size=1, max_size=6),
)
def test_every_citation_is_verbatim(make_encoder, texts, questions, real_reader):
    """Whatever the articles and the questions, each quote is the stored text at its span."""
    encoder = make_encoder()
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive.open(Path(folder), encoder=encoder) as archive,
    ):
        archive.add_documents(
            Document(id=str(number), text=text, path=str(number))
            for number, text in enumerate(texts)
        )
        assistant = Assistant(archive, real_reader)
        history = []
        for question in questions:
            answer = assistant.ask(question, history=history)
            history.append(answer)
            cited = answer.nearest if isinstance(answer, NoAnswer) else answer.citations
            for citation in cited:
                text = texts[int(citation.document.id)]
                assert text[citation.start : citation.end] == citation.quote
            if isinstance(answer, Answer):
                assert answer.citations
                assert answer.text
                assert answer.text in answer.sentence
                assert 0 <= answer.confidence <= 1
