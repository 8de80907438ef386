"""`onrecord eval`: judged questions, SQuAD, and what the confidence is worth."""

import json

import pytest

from qa import cli
from qa.evaluation import evaluate


def test_eval_of_lines(seeded, jsonl, tmp_path):
    """Judged questions are asked of the archive; each metric has its interval and count."""
    judged = [
        {"question": "Which city did ISIS lose in 2016?", "answer": "Sirte"},
        {"question": "Who won the 2018 World Cup?"},
    ]
    file = jsonl(tmp_path / "judged.jsonl", judged)
    ran = seeded("eval", file, "--json")
    assert ran.code == 0
    metrics = {one["name"]: one for one in ran.record["metrics"]}
    assert metrics["sentence accuracy at 1"]["value"] == 1
    assert metrics["refused, of unanswerable"]["value"] == 1
    assert all(set(one) == METRIC_KEYS for one in metrics.values())
    assert metrics.pop("AUROC, answerable against unanswerable")["count"] == 2
    assert {one["count"] for one in metrics.values()} == {1}
    assert ran.record["citations"] == ran.record["verbatim"] > 0
    limited = seeded("eval", file, "--json", "--limit", 1).record
    assert "refused, of unanswerable" not in {one["name"] for one in limited["metrics"]}
    assert "sentence accuracy at 1" in seeded("eval", file).out


def test_eval_tells_types_apart(seeded, jsonl, tmp_path):
    """Lines with a type have figures by type, as JSON and as a table of their own."""
    judged = [
        {
            "question": "Which city did ISIS lose in 2016?",
            "answers": ["Sirte"],
            "sentences": ["after losing the coastal city of Sirte"],
            "documents": [seeded("list", "--json").records[0]["id"]],
            "type": "which",
        },
        {"question": "Who won the 2018 World Cup?", "type": "none-never", "denies": ["nobody"]},
    ]
    file = jsonl(tmp_path / "judged.jsonl", judged)
    which, never = seeded("eval", file, "--json").record["types"]
    assert (which["type"], never["type"]) == ("which", "none-never")
    assert {one["name"]: one["value"] for one in never["metrics"]} == {
        "refused, of unanswerable": 1,
        "answered with the denial": 0,
    }
    values = {one["name"]: one["value"] for one in which["metrics"]}
    assert values["sentence accuracy at 1"] == values["words right"] == 1
    assert all(set(one) == METRIC_KEYS for one in which["metrics"])
    out = seeded("eval", file).out
    assert "By type" in out
    assert "none-never" in out


def test_eval_of_squad_has_an_archive_of_its_own(onrecord, tmp_path):
    """SQuAD's paragraphs are asked by themselves; the user's archive is neither needed nor made."""
    context = "The rebels seized the harbour of Zuwara. It rained."
    answer = {"text": "The rebels", "answer_start": 0}
    question = {"id": "1", "question": "Who seized the harbour of Zuwara?", "answers": [answer]}
    squad = {"data": [{"paragraphs": [{"context": context, "qas": [question]}]}]}
    (tmp_path / "squad.json").write_text(json.dumps(squad))
    ran = onrecord("eval", tmp_path / "squad.json", "--json")
    assert ran.code == 0
    values = {one["name"]: one["value"] for one in ran.record["metrics"]}
    assert values["sentence accuracy at 1"] == values["passage recall at 10"] == 1
    assert not (tmp_path / "archive").exists()


CONTEXTS = {
    "The rebels seized the harbour of Zuwara. It rained.": (
        "Who seized the harbour?",
        "The rebels",
    ),
    "The police closed the bridge of Sirte.": ("Who closed the bridge of Sirte?", "The police"),
}


@pytest.fixture(name="squad")
def _squad(tmp_path):
    """A file in SQuAD's form: two articles of a paragraph, an answerable question and another."""
    data = [
        {
            "paragraphs": [
                {
                    "context": context,
                    "qas": [
                        {
                            "id": question,
                            "question": question,
                            "answers": [{"text": answer, "answer_start": 0}],
                        },
                        {"id": "none", "question": "Who bought Zeiss?", "is_impossible": True},
                    ],
                }
            ]
        }
        for context, (question, answer) in CONTEXTS.items()
    ]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": data}))
    return path


POINT_KEYS = {"coverage", "confidence", "risk"}
BIN_KEYS = {"low", "high", "count", "confidence", "right", "right_low", "right_high"}
METRIC_KEYS = {"name", "value", "low", "high", "count"}


def test_eval_tells_what_the_confidence_is_worth(onrecord, squad, tmp_path):
    """`--json` has the curve, the operating point and the bins; `--plot` draws them."""
    ran = onrecord("eval", squad, "--json", "--plot", tmp_path / "drawn.png")
    assert (ran.code, ran.err) == (0, "")
    assert any(one["name"].startswith("AUROC") for one in ran.record["metrics"])
    kinds = [(one["questions"], one["count"]) for one in ran.record["confidence"]]
    assert kinds == [("all questions", 4), ("answerable questions", 2)]
    for report in ran.record["confidence"]:
        assert set(report["aurc"]) == METRIC_KEYS
        assert [set(point) for point in report["curve"]] == [POINT_KEYS] * 100
        assert set(report["answered"]) == POINT_KEYS
        for calibration in (report["given"], report["forced"]):
            assert set(calibration["ece"]) == METRIC_KEYS
            assert [set(one) for one in calibration["bins"]] == [BIN_KEYS] * 10
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert len((tmp_path / "drawn.png").read_bytes()) > 20_000


def test_eval_prints_the_curve_and_the_bins(onrecord, squad):
    """Without --json: the figures, a dozen coverages with the default one, the bins."""
    out = onrecord("eval", squad).out
    for said in ("AUROC, answerable against unanswerable", "AURC, all questions", "ECE of answers"):
        assert said in out
    for share in (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100):
        assert f"\n{share} % " in out
    assert "\ndefault: " in out
    assert "Confidence of the answers, answerable questions" in out


def test_eval_of_one_part(onrecord, squad):
    """The second of two articles: its questions, asked of both."""
    record = onrecord("eval", squad, "--json", "--part", "2/2").record
    assert [one["count"] for one in record["confidence"]] == [2, 1]


def test_eval_of_reading_alone(onrecord, squad, tmp_path):
    """The paragraph given: no archive is made, and the figures are of the words."""
    ran = onrecord("eval", squad, "--reading", "--json")
    assert set(ran.record) == {"metrics"}
    metrics = {one["name"]: one for one in ran.record["metrics"]}
    assert metrics["words F1"]["value"] >= metrics["exact match"]["value"] >= 0.5
    assert {name: one["count"] for name, one in metrics.items()} == {
        "exact match": 2,
        "words F1": 2,
        "words F1, refusals counting 0": 2,
        "refused, of answerable": 2,
        "refused, of unanswerable": 2,
        "words F1, all questions, refusals counting": 4,
        "AUROC, answerable against unanswerable": 4,
    }
    assert not (tmp_path / "archive").exists()


def test_eval_with_the_article_taken_out(onrecord, squad):
    """What the other article does not say is refused."""
    metrics = onrecord("eval", squad, "--without-article", "--json").record["metrics"]
    values = {one["name"]: (one["value"], one["count"]) for one in metrics}
    assert values["refused, article there"] == (0, 2)
    assert values["refused, article taken out"] == (0.5, 2)
    assert values["AUROC, article there against taken out"] == (1, 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reading", "--without-article"], "give one of --plot, --reading"),
        (["--reading", "--plot", "a.png"], "give one of --plot, --reading"),
        (["--plot", "a.pdf"], "name it like confidence.png, not 'a.pdf'"),
        (["--plot", "no/folder/a.png"], "cannot be written"),
        (["--plot", "there.png"], "is there already"),
        (["--part", "3/2"], "a part is like 1/2"),
        (["--part", ""], "a part is like 1/2"),
    ],
)
def test_eval_refuses_before_it_asks(onrecord, squad, monkeypatch, options, said):
    """What cannot be done is said at once; a picture that is there stays as it is."""
    monkeypatch.chdir(squad.parent)
    monkeypatch.delattr(cli.evaluating, "_judged_assistant")
    there = squad.parent / "there.png"
    there.write_text("mine")
    ran = onrecord("eval", squad, *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert there.read_text() == "mine"
    assert list(squad.parent.glob("*.p*")) == [there]


@pytest.mark.parametrize("option", ["--reading", "--without-article"])
def test_eval_of_lines_has_no_articles(onrecord, jsonl, tmp_path, option):
    """JSONL has no paragraphs and no articles: exit 2, before an archive is looked for."""
    ran = onrecord("eval", jsonl(tmp_path / "judged.jsonl", [{"question": "a?"}]), option)
    assert ran.code == 2
    assert "this needs SQuAD's form" in ran.err


def test_ctrl_c_leaves_nothing_of_an_evaluation(onrecord, squad, monkeypatch, tmp_path):
    """Stopped while it asks: exit 130, no archive of its own and no picture left, no traceback."""
    made = []

    def stop(assistant, questions):
        made.append(assistant.archive.folder)
        assert made[0].is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "evaluate", stop)
    ran = onrecord("eval", squad, "--plot", tmp_path / "drawn.png")
    assert (ran.code, ran.out) == (130, "")
    assert "Traceback" not in ran.err
    assert not made[0].exists()
    assert not (tmp_path / "drawn.png").exists()


def test_eval_of_no_questions(onrecord, tmp_path):
    """A file of neither form: exit 2."""
    (tmp_path / "judged.jsonl").write_text("[1, 2]\n")
    ran = onrecord("eval", tmp_path / "judged.jsonl")
    assert ran.code == 2
    assert "neither SQuAD nor JSONL" in ran.err
