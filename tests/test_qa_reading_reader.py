"""What a question asks for, what stands in a sentence, and which words of it answer."""

import dataclasses
import datetime as dt
import inspect
import json
import shutil
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import InvalidInput, Searched, SearchResult, Span
from index.text import Word
from qa import PassageReader, Reader
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.output.wording import confidence_word
from qa.reading.answer_types import answer_type_of
from qa.reading.answer_words import answering_words
from qa.reading.features import ReadPassage, coverage, dated, features_of
from qa.reading.fitted import Fitted, Logistic
from qa.reading.span_model import PACKAGED, SpanPrediction

HARBOUR = "The rebels seized the harbour of Zuwara on Monday."
REPORT = f"It rained all night. {HARBOUR} Fishermen fled to the hills."
WHO = "Who seized the harbour of Zuwara?"


class WordModel:
    """Reads a sentence by the share of the question's words in it; its third word answers.

    `looks` has how many contexts were read at once, each time.
    """

    languages = "English"

    def __init__(self) -> None:
        self.looks: list[int] = []

    def read(self, question, contexts):
        self.looks.append(len(contexts))
        return [
            [self._reading(question, context.text, span) for span in context.sentences]
            for context in contexts
        ]

    def _reading(self, question, text, span):
        asked = Parsed(question).terms
        sentence = Parsed(text[slice(*span)])
        share = len(asked & sentence.terms) / max(1, len(asked))
        word = [*sentence.words[:3], *sentence.words[-1:], Word(0, 1, "")][:3][-1]
        answer = Span(span.start + word.start, span.start + max(word.end, word.start + 1))
        return SpanPrediction(
            answer, null_score_difference=10 * share - 5, log_probability=share - 1
        )


FITTED = Fitted(
    first_sight=Logistic(0.0, {"cosine": 5.0, "coverage": 5.0, "passage_coverage": 3.0}),
    sentence=Logistic(0.0, {"first_sight": 0.5, "null_score_difference": 0.7}),
    answerable=Logistic(-4.0, {"coverage": 8.0}),
    right=Logistic(0.0, {"lead": 1.0}),
    words=Logistic(-0.5, {"lead": 1.0}),
    text=Logistic(-4.0, {"coverage": 8.0}),
    threshold=0.5,
)


@pytest.fixture(name="model")
def _model():
    return WordModel()


@pytest.fixture(name="reader")
def _reader(model):
    """A reader with a model whose readings are known."""
    return Reader(model, FITTED)


def alike(question):
    """Equal shares for the terms of a question."""
    terms = Asked.of(question).terms
    return {term: 1 / len(terms) for term in terms}


# The protocol


@pytest.mark.parametrize("name", ["read", "read_hits"])
def test_the_reader_meets_the_protocol(reader, name):
    """`Reader` has each method of `PassageReader`, with the same parameters and result."""
    ours = inspect.signature(getattr(type(reader), name))
    assert ours == inspect.signature(getattr(PassageReader, name))


def test_the_reader_says_which_languages_it_reads(reader: PassageReader):
    """The reader is for English, and says so."""
    assert reader.languages == "English"


def test_a_folder_without_weights_is_read_with_the_packaged_ones(tmp_path):
    """Any extractive model in a folder will do, with weights of its own or without."""
    folder = tmp_path / "model"
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("weights.json"))
    found = Reader.load(folder).read(WHO, REPORT)
    assert found.sentence == HARBOUR
    assert found == dataclasses.replace(Reader.load().read(WHO, REPORT))
    shutil.copy(PACKAGED / "weights.json", folder)
    given = json.loads((folder / "weights.json").read_text())
    given["text"]["bias"] -= 30
    (folder / "weights.json").write_text(json.dumps(given))
    assert Reader.load(folder).read(WHO, REPORT).answerable < 1e-6


# A text by itself


def test_the_best_span_of_a_text(reader):
    """The span, its sentence and its place, as they stand in the text."""
    found = reader.read(WHO, REPORT)
    assert found.text == "seized"
    assert found.sentence == HARBOUR
    assert REPORT[found.start : found.end] == found.text
    assert found.answerable > 0.9


def test_a_text_that_does_not_answer_is_read_too(reader):
    """The best span is given however poor it is, and `answerable` says how poor."""
    found = reader.read("Which company bought the telescope patent?", REPORT)
    assert found.text
    assert found.answerable < 0.1


@pytest.mark.parametrize(
    ("question", "text"), [("", REPORT), (" \n", REPORT), (WHO, ""), (WHO, " \t\n")]
)
def test_nothing_to_read_is_refused(reader, question, text):
    """Without a question, or without a text, there is nothing to do."""
    with pytest.raises(InvalidInput, match="one of them is empty"):
        reader.read(question, text)


def test_no_hits_are_refused(reader):
    """A search without hits is not for a reader."""
    nothing = SearchResult(
        query=WHO, hits=(), searched=Searched(documents=0, sentences=0), weights={}
    )
    with pytest.raises(InvalidInput, match="nothing to read"):
        reader.read_hits(WHO, nothing)


NASTY = st.sampled_from(
    [
        "“",
        "”",
        '"',
        "'",
        "’s",
        "$",
        "1",
        "25",
        "al-",
        "A",
        "of",
        "the",
        ".",
        "\n",
        " ",
        "\u200b",
        "Monday",
        "\ud800",
        "\x00",
        "€5",
        "5%",
        "東京",
        "😀",
        "\u202e",
        "in",
        "the",
        "km",
        "he",
    ]
)


@settings(max_examples=150)
@given(
    question=st.one_of(st.text(max_size=60), st.lists(NASTY, max_size=12).map(" ".join)),
    text=st.one_of(st.text(max_size=200), st.lists(NASTY, max_size=60).map("".join)),
)
@example(question='"" ""', text="a")
@example(question="?", text="\u200b")
@example(question="who", text="\ufeff")
@example(question="how many", text="1" * 300)
def test_any_text_can_be_read(question, text):
    """Of whatever text, the span is in it, and `answerable` is 0 to 1; only nothing is refused."""
    reader = Reader(WordModel(), FITTED)
    if not question.strip() or not text.strip():
        with pytest.raises(InvalidInput):
            reader.read(question, text)
        return
    found = reader.read(question, text)
    assert text[found.start : found.end] == found.text
    assert found.text
    assert found.text in found.sentence
    assert 0 <= found.answerable <= 1


@settings(max_examples=15)
@given(text=st.text(min_size=1, max_size=80).filter(str.strip))
@example(text="half \ud800 pair")
@example(text="\u202e\x00\x1b[31m")
def test_the_packaged_model_reads_any_text(real_reader, text):
    """The packaged model takes whatever the reader takes."""
    found = real_reader.read("who claimed it?", text)
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    ("question", "words"),
    [("Who met striking workers?", "Lech Wałęsa"), ("Who is the mayor of Łódź?", "Sørensen")],
)
@pytest.mark.parametrize("plain", [{}, str.maketrans("łęńŁóźø", "lenLozo")])
def test_the_packaged_model_reads_any_latin_letters(real_reader, question, words, plain):
    """A name is read as it is written, and as it is typed without its strokes."""
    text = "Lech Wałęsa met striking workers in Gdańsk. The mayor of Łódź is Sørensen."
    assert real_reader.read(question.translate(plain), text).text == words


def test_a_long_text_is_read_to_its_end(reader):
    """In 50,000 characters, the sentence that answers is found wherever it stands."""
    dull = "Rain fell on the hills and the river rose a little again. "
    text = dull * 850 + HARBOUR + " " + dull * 10
    assert len(text) > 49_000
    found = reader.read(WHO, text)
    assert found.text == "seized"
    assert found.start == text.index("seized")


@pytest.mark.parametrize(
    "piece", ["A ", "The ", "1 ", "1", "in ", "al-A", "A of the ", "“", "\n", "how much did ", "a,"]
)
def test_monotonous_text_takes_no_time(reader, piece):
    """Text made to slow down patterns is read in seconds, not minutes."""
    text = "x" + piece * (30_000 // len(piece))
    started = time.process_time()
    for question in ("who is it?", "how many are there?", "where?", "what is it?"):
        reader.read(question, text)
    assert time.process_time() - started < 20


# Types of question


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who claimed the Tazerbo attack?", "who"),
        ("To whom was it given?", "who"),
        ("Whose army withdrew?", "who"),
        ("When did it happen?", "when"),
        ("In what year did it happen?", "when"),
        ("Which day was it?", "when"),
        ("Where is Kufra?", "where"),
        ("Which city did ISIS lose in 2016?", "where"),
        ("What coastal city was lost?", "where"),
        ("How many people were killed?", "count"),
        ("How much rain fell?", "count"),
        ("How much did the house cost?", "count"),
        ("How much money was stolen?", "count"),
        ("How far from the town was it?", "count"),
        ("How tall is the tower?", "count"),
        ("How long did the residents fight?", "count"),
        ("How old is the mayor?", "count"),
        ("What percentage of voters stayed at home?", "count"),
        ("What is the population of Tazerbo?", "count"),
        ("Why did they leave?", "why"),
        ("For what reason did they leave?", "why"),
        ("What caused the fire?", "why"),
        ("What did Abaaj say about the organization?", "say"),
        ("What has the minister announced? Did he tell?", "say"),
        ("Which army pursues them?", "name"),
        ("What is the name of the spokesman?", "name"),
        ("How was he found?", "how"),
        ("What did they seize?", "what"),
        ("¿Quién es el presidente?", "other language"),
        ("", "keywords"),
        ("  WHO\n CLAIMED it?", "who"),
    ],
)
def test_type_of_a_question(question, name):
    """The question's words say what kind of words would answer."""
    assert answer_type_of(Asked.of(question)).name == name


@pytest.mark.parametrize(
    ("question", "proper"),
    [
        ("Which city did ISIS lose in 2016?", {"isi", "2016"}),
        ("Who commands the Kufra military district?", {"kufra"}),
        ("Tazerbo was attacked by whom?", set()),
    ],
)
def test_names_and_years_of_a_question(question, proper):
    """Words with a capital, but for the first, and numbers are names."""
    assert Asked.of(question).proper == proper


def test_terms_leave_function_words_out():
    """A question is about its content words; when it has none, about all its words."""
    assert Asked.of("Who is the spokesman of the army?").terms == {"spokesman", "armi"}
    assert Asked.of("Who is it?").terms == {"who", "is", "it"}
    assert Asked.of("What happened in Tazerbo?").terms == Asked.of("Tazerbo").terms


@pytest.mark.parametrize(
    ("question", "is_alone"),
    [
        ('"police station"', True),
        ("“police station”!", True),
        ('"police station" "took over"', True),
        ('who "took over"', False),
        ('who robbed the "police station"?', False),
        ("police station", False),
    ],
)
def test_a_phrase_alone(question, is_alone):
    """A question may be a quoted phrase and nothing else."""
    assert Asked.of(question).is_phrase_alone is is_alone


# What stands in a sentence


@pytest.mark.parametrize(
    ("sentence", "dates"),
    [
        ("It was on November 25.", ["November 25"]),
        ("It was on Nov. 25, 2018, at noon.", ["Nov. 25, 2018", "noon"]),
        ("On 25 November 2018 it ended.", ["25 November 2018"]),
        ("On the 3rd of May it rained.", ["the 3rd of May"]),
        ("He came on Wednesday.", ["Wednesday"]),
        ("It was lost in 2016.", ["2016"]),
        ("Between 1914–18 nobody came.", ["1914–18"]),
        ("In the late 1990s, in the 19th century.", ["the late 1990s", "19th century"]),
        ("About 44 BC.", ["44 BC"]),
        ("Last they came last week.", ["last week"]),
        ("They marched 2016 miles, some may say.", []),
        ("In 2016 there were 1500 dollars left.", ["2016"]),
        ("Nobody knows.", []),
        ("It cost 1,999 or 2019.5 dollars.", []),
    ],
)
def test_dates(sentence, dates):
    """Dates of all the forms that news has, and no other numbers."""
    assert [sentence[start:end] for start, end in Parsed(sentence).dates] == dates


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("It killed nine people and injured 10 others.", ["nine", "10"]),
        ("More than 400 kilometers away.", ["400"]),
        ("It cost $1,200.50 or 3.5 million.", ["$1,200.50", "3.5 million"]),
        ("Some 25 percent, or 40%.", ["25 percent", "40%"]),
        ("twenty-five men", ["twenty-five"]),
        ("It was on November 25, 2018.", []),
        ("They marched 2016 miles in 2018 and 1500 % more.", ["2016", "1500 %"]),
        ("The one hundred and two men.", ["one hundred and two"]),
        ("Nobody came.", []),
    ],
)
def test_numbers(sentence, numbers):
    """Numbers in digits and words, but not those of a date."""
    assert [sentence[start:end] for start, end in Parsed(sentence).numbers] == numbers


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        (
            "Spokesman for the Libyan National Army, Brig. Gen. Ahmed al-Mismari, said so.",
            ["Spokesman for the Libyan National Army", "Brig. Gen. Ahmed al-Mismari"],
        ),
        ("However, the Bank of England said.", ["Bank of England"]),
        ("The Libyan south.", ["Libyan"]),
        (
            "Ursula von der Leyen met Özgür Özel, Mevlüt Çavuşoğlu, N'Golo Kanté and al-Abaaj.",
            ["Ursula von der Leyen", "Özgür Özel", "Mevlüt Çavuşoğlu", "N'Golo Kanté", "al-Abaaj"],
        ),
        (
            "José dos Santos and Mohammed bin Salman saw Zia ul-Haq, said d'Estaing.",
            ["José dos Santos", "Mohammed bin Salman", "Zia ul-Haq", "d'Estaing"],
        ),
        ("On Monday he came to Sirte.", ["Sirte"]),
        ("nobody, nowhere", []),
        ("The", []),
    ],
)
def test_names(sentence, names):
    """Runs of capitals, with the small words inside; no dates, no first function word."""
    assert [sentence[start:end] for start, end in Parsed(sentence).names] == names


@pytest.mark.parametrize(
    ("text", "is_negated"),
    [
        ("What did he not say?", True),
        ("Who didn’t come?", True),
        ("Nobody came.", True),
        ("He notes a knot.", False),
        ("Norway won.", False),
    ],
)
def test_negations(text, is_negated):
    """A negation is a word of its own, or the end of one."""
    assert Parsed(text).has_negation is is_negated


# The words that answer


@pytest.mark.parametrize(
    ("question", "sentence", "read", "words"),
    [
        ("Who seized it?", HARBOUR, "rebels", "rebels"),
        ("How many boats sank?", "It cost 155,221 dinars.", "221", "155,221"),
        ("Who fled?", "王明逃走了。", "王明", "王明"),
        ("How far is it?", "It is 30km away.", "30", "30km"),
        ("When was it?", "It was on Monday, May 5.", "Monday, May 5.", "Monday, May 5"),
        ("What was it?", "It was (a boat).", "(a boat).", "a boat"),
        ("What did he say?", "“We fled to the hills,” he said.", "“We fled", "We fled"),
        ("Did they flee?", HARBOUR, "rebels", HARBOUR),
        ("Who fled?", "They fled.", "", "They fled."),
        ('"the  HARBOUR of"', HARBOUR, "rebels", "the harbour of"),
        ('"no such phrase"', HARBOUR, "rebels", HARBOUR),
        ("What?", "...", "...", "..."),
    ],
)
def test_the_words_that_answer(question, sentence, read, words):
    """What was read is whole words; a sentence answers where words alone would not."""
    start = sentence.index(read)
    span = Span(start, start + len(read)) if read else None
    found = answering_words(Asked.of(question), Parsed(sentence), span)
    assert sentence[slice(*found)] == words


# Features


def test_coverage_is_the_share_of_the_terms_that_are_there():
    """The shares of the terms found are summed; all of them are 1, none is 0."""
    shares = {"tazerbo": 0.6, "attack": 0.3, "claim": 0.1}
    assert coverage(shares, frozenset({"attack", "claim", "town"})) == pytest.approx(0.4)
    assert coverage(shares, frozenset(shares)) == pytest.approx(1.0)
    assert coverage(shares, frozenset()) == 0


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("in 2019", {"2019"}),
        ("in October 2019", {"octob", "2019"}),
        ("on 14 October, 2019", {"14", "octob", "2019"}),
        ("on October 13, 2019", {"octob", "2019"}),
        ("in Oct. 2019", {"oct", "2019"}),
        ("in October", {"octob"}),
        ("in October 2012", set()),
        ("in 2012", set()),
        ("on Monday", set()),
        ("with 14 others", set()),
        ("between 2012 and 2019", {"2019"}),
    ],
)
def test_dates_that_the_day_of_publication_tells(when, told):
    """As far as the question's date is that day's; of another year, nothing."""
    asked = Asked.of(f"Who won the prize {when}?")
    assert dated(asked, dt.date(2019, 10, 14)) == told
    assert dated(asked, None) == set()


def test_what_the_day_of_publication_tells_is_not_missing():
    """It is covered by every sentence, and nothing is left for the neighbours to add."""
    asked = Asked.of("Who won the prize in 2019?")
    passage = ReadPassage(
        headline=Parsed(""),
        sentences=(Parsed("Aksoy won the prize."), Parsed("In 2019 it rained.")),
        cosines=(0.5, 0.5),
        dated=frozenset(["2019"]),
    )
    first, second = features_of(asked, passage, {"win": 0.3, "prize": 0.3, "2019": 0.4})
    assert first["coverage"] == first["passage_coverage"] == pytest.approx(1.0)
    assert first["proper"] == second["proper"] == pytest.approx(0.4)
    assert first["after"] == 0.0


def test_features_of_a_passage():
    """Each feature of a worked example: two sentences, and what stands around them."""
    asked = Asked.of("Who attacked Zuwara harbour?")
    shares = {"attack": 0.5, "zuwara": 0.3, "harbour": 0.2}
    passage = ReadPassage(
        headline=Parsed("Night in Zuwara"),
        sentences=(Parsed("Rebels attacked at dawn."), Parsed("They harboured nothing.")),
        cosines=(0.2, 0.6),
        before=None,
        after=Parsed("Zuwara slept."),
    )
    first, second = features_of(asked, passage, shares)
    assert first["cosine"] == 0.2
    assert first["best_cosine"] == second["best_cosine"] == 0.6
    assert first["coverage"] == pytest.approx(0.5)
    assert first["passage_coverage"] == second["passage_coverage"] == pytest.approx(1.0)
    assert first["before"] == 0
    assert first["after"] == pytest.approx(0.2)  # of what is missing: the harbour
    assert second["before"] == pytest.approx(0.5)
    assert second["after"] == pytest.approx(0.3)
    assert (first["proper"], second["proper"]) == (0, 0)


def test_a_question_in_the_text_does_not_answer(archive, reader, put):
    """Though it has all of the question's words: it is read, and stands last."""
    put(id="a", text=f"{WHO} Rebels did, at dawn.")
    found = reader.candidates(Asked.of(WHO), archive.search(WHO))
    assert [row.sentence.text for row in found] == ["Rebels did, at dawn.", WHO]


# Over a search


def test_hits_are_read_best_first(archive, reader, put):
    """Every sentence of every hit, by score; `confidence` is never above `answerable`."""
    put({"id": "a", "text": REPORT}, {"id": "b", "text": "Zuwara slept. The harbour was empty."})
    reading = reader.read_hits(WHO, archive.search(WHO))
    scores = [sentence.score for sentence in reading.sentences]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert reading.sentences[0].document.text[slice(*reading.sentences[0].answer)] == "seized"
    assert 0 < reading.confidence <= reading.answerable <= 1


def test_a_clear_lead_is_more_certain(archive, reader, put):
    """The first sentence is surer the further it leads."""
    put(id="a", text=REPORT)
    alone = reader.read_hits(WHO, archive.search(WHO))
    put(id="b", text="The rebels then seized the harbour of Zuwara.")
    disputed = reader.read_hits(WHO, archive.search(WHO))
    assert disputed.confidence < alone.confidence


def test_confidence_is_never_above_answerable(archive, reader, put):
    """Where hardly anything is answered, the first sentence is hardly right, however it leads."""
    put(id="a", text=HARBOUR)
    question = "Which company bought the telescope patent?"
    reading = reader.read_hits(question, archive.search(question))
    assert reading.answerable < 0.5
    assert 0 < reading.confidence <= reading.answerable


def test_of_equal_sentences_the_best_is_kept(archive, reader, put):
    """The same sentence in two articles is kept where it scores better."""
    put({"id": "a", "text": HARBOUR}, {"id": "b", "text": f"{HARBOUR} They seized Zuwara."})
    result = archive.search(WHO)
    alone = [
        reader.read_hits(WHO, dataclasses.replace(result, hits=(hit,))).sentences[0].score
        for hit in result.hits
    ]
    assert len(set(alone)) == 2
    sentences = reader.read_hits(WHO, result).sentences
    assert [one.end - one.start for one in sentences].count(len(HARBOUR)) == 1
    assert sentences[0].score == max(alone)


def test_sentences_with_the_phrase_come_first(archive, reader, put):
    """A sentence with the quoted phrase goes before one that has more of the words."""
    text = f"{HARBOUR} Nobody saw the harbour."
    put(id="a", text=text)
    question = 'Who seized "the harbour." of Zuwara on Monday?'
    found = reader.read_hits(question, archive.search(question))
    best = found.sentences[0]
    assert text[best.start : best.end] == "Nobody saw the harbour."
    assert best.score < found.sentences[1].score


def test_the_confidence_is_that_of_what_is_shown(archive, put):
    """Of a sentence with the quoted phrase that the model reads nothing in, it is not another's."""
    put(id="a", text=f"{HARBOUR} Nobody saw the harbour.")

    class First(WordModel):
        def _reading(self, question, text, span):
            likely = super()._reading(question, text, span)
            return dataclasses.replace(likely, null_score_difference=-9.0 if span.start else 9.0)

    fitted = dataclasses.replace(
        FITTED,
        answerable=Logistic(0.0, {"null_score_difference": 0.5}),
        right=Logistic(0.0, {"null_score_difference": 0.5}),
    )
    reader = Reader(First(), fitted)
    plain = "Who seized the harbour of Zuwara on Monday?"
    assert reader.read_hits(plain, archive.search(plain)).confidence > 0.9
    quoting = 'Who seized "the harbour." of Zuwara on Monday?'
    found = reader.read_hits(quoting, archive.search(quoting))
    assert found.sentences[0].start > 0
    assert (found.confidence, found.answerable) < (0.1, 0.1)


def test_what_is_read_counts(archive, put):
    """Of two sentences alike at first sight, the one that the model reads an answer in is first."""
    text = "The rebels seized Zuwara. The rebels seized Zuwara once."
    put(id="a", text=text)

    class Second(WordModel):
        def _reading(self, question, text, span):
            likely = super()._reading(question, text, span)
            return dataclasses.replace(likely, null_score_difference=9.0 if span.start else -9.0)

    found = Reader(Second(), FITTED).read_hits("Who seized it?", archive.search("Who seized it?"))
    assert found.sentences[0].start > 0


def test_a_first_look_is_enough_when_sure(archive, model, put):
    """At first three windows are read, and five more only where none of them leads clearly."""
    far = [{"id": str(n), "text": f"The harbour of Zuwara was quiet on day {n}."} for n in range(9)]
    put(*far)
    result = archive.search(WHO, top_k=10)
    Reader(model, FITTED).read_hits(WHO, result)
    assert model.looks == [2, 3]
    model.looks.clear()
    Reader(model, FITTED, sure=0.0).read_hits(WHO, result)
    assert model.looks == [2]


@pytest.mark.parametrize("question", ["harbour Zuwara rebels", "من هاجم الميناء", '"the harbour"'])
def test_a_search_is_not_read(archive, model, put, question):
    """Bare keywords, another script, a phrase alone: ranked at first sight, not by the model."""
    put(id="a", text=f"{REPORT} هاجم المتمردون الميناء.")
    found = Reader(model, FITTED).read_hits(question, archive.search(question))
    assert model.looks == []
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize("question", ["Qui a pris Zuwara ?", "Wer nahm Zuwara ein?"])
def test_another_language_is_not_read(archive, model, put, question):
    """The whole sentence that search finds is the answer, and it is never a clear one."""
    put(id="a", text="Qui a pris Zuwara ? Wer nahm Zuwara ein? Zuwara.")
    found = Reader(model, FITTED).read_hits(question, archive.search(question))
    assert model.looks == []
    first = found.sentences[0]
    assert (first.answer.start, first.answer.end) == (first.start, first.end)
    assert confidence_word(found.confidence) != "clear"


def test_a_sentence_is_read_with_its_neighbours(archive, put):
    """The event in one sentence and the name in the next are read together, under the headline."""
    contexts = []

    class Listening(WordModel):
        def read(self, question, given, **rest):
            contexts.extend(given)
            return super().read(question, given, **rest)

    put(id="a", title="Harbour seized", text=REPORT)
    Reader(Listening(), FITTED).read_hits(WHO, archive.search(WHO))
    assert len(contexts) == 1
    assert contexts[0].headline == "Harbour seized"
    assert len(contexts[0].sentences) == 3
