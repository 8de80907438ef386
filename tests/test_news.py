"""The judged questions over news (`tests/news`), and the archive that they are asked of."""

import importlib
import lzma
import re
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent / "news"
BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
PARTS = ("tune", "confidence", "report")
KEYS = [
    "id",
    "question",
    "type",
    "documents",
    "answers",
    "sentences",
    "tempts",
    "denies",
    "note",
]
REPEATED = {"reuters-9722", "reuters-11248"}
"""Articles that a question of one third and a dialogue of another are about."""


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(name="program", scope="module")
def _program():
    """The program that writes the archive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("news_archive")


@pytest.fixture(name="judged", scope="module", params=PARTS)
def _judged(request, program):
    """The questions and the turns of each third, one third at a time."""
    turns = [turn for one in program.dialogues(request.param) for turn in one["turns"]]
    return program.questions(request.param), turns


@pytest.fixture(name="articles", scope="module", params=PARTS)
def _articles(request, program, test_data):
    """The name of a third, and the texts of its archive by id."""
    for folder in ("reuters21578", "messy/pages"):
        if not (test_data / folder).is_dir():
            pytest.skip(f"no {folder} in {test_data}")
    records = list(program.articles(request.param, test_data))
    texts = {one["id"]: folded(one["text"]) for one in records}
    assert len(texts) == len(records)
    return request.param, texts


def everything(program, part):
    """All that is judged of a third: its questions, and the turns of its dialogues."""
    turns = [turn for one in program.dialogues(part) for turn in one["turns"]]
    return [*program.questions(part), *turns]


# The form


def test_a_question_has_these_keys(judged):
    """Each question has every key, in one order, and nothing else."""
    questions, _ = judged
    assert [list(one) for one in questions] == [KEYS] * len(questions)


def test_ids_are_unique(program):
    """No two questions, and no two dialogues, have one id."""
    for judged in (program.questions, program.dialogues):
        ids = [one["id"] for part in PARTS for one in judged(part)]
        assert len(set(ids)) == len(ids)


def test_no_question_is_asked_twice(program):
    """The questions differ in their words."""
    asked = [
        one["question"].lower().strip("? ") for part in PARTS for one in program.questions(part)
    ]
    assert len(set(asked)) == len(asked)


def test_a_third_of_the_questions_has_no_answer(judged):
    """Of 135 questions, 43 are unanswerable: they say so by type, and name what tempts."""
    questions, _ = judged
    unanswerable = [one for one in questions if not one["documents"]]
    assert (len(questions), len(unanswerable)) == (135, 43)
    for one in questions:
        is_answerable = not one["type"].startswith("none-")
        given = (one["documents"], one["answers"], one["sentences"])
        assert [bool(some) for some in given] == [is_answerable] * 3, one["id"]
        assert is_answerable or (one["tempts"] and one["note"]), one["id"]


def test_every_answer_is_part_of_a_sentence(judged):
    """The words that answer are in one of the sentences; but for the Yes or No before them."""
    questions, turns = judged
    for one in [*questions, *turns]:
        answers = one["answers"]
        if one.get("type") == "yesno":
            assert answers[0] in {"Yes", "No"}, one
            answers = answers[1:]
            assert answers, one
        for answer in answers:
            assert any(folded(answer) in sentence for sentence in one["sentences"]), (one, answer)


def test_a_dialogue_begins_with_a_whole_question(program):
    """The first turn of a dialogue stands alone, and each has three or four."""
    for part in PARTS:
        for one in program.dialogues(part):
            first = one["turns"][0]
            assert first["question"] == first["stands_alone"], one["id"]
            assert len(one["turns"]) in {3, 4}, one["id"]


def test_the_thirds_share_no_article(program):
    """What answers in one third answers in no other, but for those that are listed."""
    about = [
        {one for judged in everything(program, part) for one in judged["documents"]}
        for part in PARTS
    ]
    counts = Counter(one for some in about for one in some)
    assert {one for one, count in counts.items() if count > 1} == REPEATED


def test_the_counts_are_those_of_the_readme(program):
    """The table of types in the README has each type's count in each third."""
    rows = re.findall(
        r"^\| `([\w-]+)` \|.*\| (\d+) \| (\d+) \| (\d+) \|$",
        (FOLDER / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    counts = [Counter(one["type"] for one in program.questions(part)) for part in PARTS]
    assert sum(counts, Counter()).keys() == {name for name, *_ in rows}
    for name, *given in rows:
        assert [int(one) for one in given] == [count[name] for count in counts], name


# The articles


def test_every_sentence_is_in_one_of_its_documents(program, articles):
    """Each sentence is verbatim in an article that answers, but for white space; so is its like."""
    part, texts = articles
    for one in everything(program, part):
        for sentence in one["sentences"]:
            assert folded(sentence) == sentence
            assert any(sentence in texts[document] for document in one["documents"]), one
        for document in one["documents"]:
            assert any(sentence in texts[document] for sentence in one["sentences"]), (
                one,
                document,
            )


def test_every_denial_is_in_an_article_that_tempts(program, articles):
    """What says that there is no answer is verbatim in one of the articles that tempt."""
    part, texts = articles
    for one in program.questions(part):
        for sentence in one["denies"]:
            assert any(sentence in texts[document] for document in one["tempts"]), one


def test_the_other_articles_repeat_none_that_is_named(program, articles):
    """About 1,100 others are there, and none begins as one that is named does."""
    part, texts = articles
    named = program.named(part)
    assert named <= texts.keys()
    others = texts.keys() - named
    assert 1000 <= len(others) <= 1200
    beginnings = {texts[one][:150] for one in named}
    assert not any(texts[one][:150] in beginnings for one in others)


def sgml(number, title, body):
    """A story as Reuters-21578 has it."""
    return (
        f'<REUTERS LEWISSPLIT="TRAIN" NEWID="{number}"><DATE>26-FEB-1987 15:01:01.79</DATE>'
        f"<TEXT><TITLE>{title}</TITLE><DATELINE> ROME, Feb 26 - </DATELINE>"
        f"<BODY>{body} Reuter\n&#3;</BODY></TEXT></REUTERS>\n"
    )


def test_others_are_every_twelfth_that_repeats_nothing(program, monkeypatch, tmp_path):
    """Of stories that are named, no other has the title or the beginning; short ones are out."""
    body = "The rebels &lt;REB&gt; seized\n    the harbour. " * 12
    stories = [
        sgml(1, "REBELS SEIZE\n   HARBOUR", body),
        sgml(2, "Rebels seize harbour", "It rained all night. " * 30),
        sgml(3, "HARBOUR SEIZED", body.replace("\n    ", " ") + "It rained."),
        sgml(4, "RAIN", "It rained."),
        *(sgml(number, f"NEWS {number}", f"No {number} rained. " * 40) for number in range(5, 18)),
    ]
    (tmp_path / "reuters21578").mkdir()
    packed = lzma.compress("".join(stories).encode("latin-1"))
    (tmp_path / "reuters21578" / "reut2-000.sgm.xz").write_bytes(packed)
    monkeypatch.setattr(program, "named", lambda part: {"reuters-1"})
    records = list(program.articles("tune", tmp_path))
    assert [one["id"] for one in records] == ["reuters-1", "reuters-5", "reuters-17"]
    text = records[0].pop("text")
    assert text.startswith("The rebels <REB> seized\n    the harbour. The rebels")
    assert text.endswith(" Reuter")
    assert records[0] == {
        "id": "reuters-1",
        "title": "REBELS SEIZE HARBOUR",
        "source": "Reuters",
        "published": "1987-02-26",
    }


def test_an_article_that_is_missing_is_named(program, tmp_path):
    """Without the data the program says what it lacks, and writes nothing."""
    with pytest.raises(SystemExit, match=r"not in .*reuters-"):
        program.main([str(tmp_path / "out.jsonl"), "--part", "tune", "--data", str(tmp_path)])
    assert not (tmp_path / "out.jsonl").exists()
