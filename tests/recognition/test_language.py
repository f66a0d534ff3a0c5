"""The language model: what training makes of a text, and what comes back from disk."""

from __future__ import annotations

import lzma
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app.paths import RESOURCES
from desk_app.recognition.language import confusion, ngrams, siblings, tokens

sys.path.insert(0, str(RESOURCES / "language"))
import train

TEXT = "Tổ chức triển khai thực hiện kế hoạch.\nCơ quan có thẩm quyền tổ chức thực hiện.\n"


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A model of a few lines and few names, and the file that it lies in."""
    monkeypatch.setattr(train, "NAMES", 50)
    source, file = tmp_path / "text", tmp_path / "small.lm"
    source.mkdir()
    (source / "a.txt").write_text(TEXT * 3, encoding="utf-8")
    (source / "b.xz").write_bytes(lzma.compress(TEXT.encode()))
    (source / "c.json").write_text('{"x": [{"raw_text": "thẩm quyền"}], "y": "no"}')
    assert train.main([str(source), "--date", "2026-01-02", "-o", str(file)]) == 0
    return file


def test_training_is_repeatable(trained, tmp_path):
    again = tmp_path / "again.lm"
    source = tmp_path / "text"
    train.main([str(source), "--date", "2026-01-02", "-o", str(again)])
    assert again.read_bytes() == trained.read_bytes()


def test_model_learns_and_says_from_what(trained):
    model = ngrams.load(trained)
    assert model.facts["date"] == "2026-01-02"
    assert model.facts["tokens"]["text"] > 40
    have = [model.id_of(word) for word in ("thẩm", "thâm", "quyền")]
    assert model.score(have[0], have[2]) > model.score(tokens.OTHER, have[2])
    assert not model.knows("thâm")


def test_probabilities_sum_to_one(trained):
    model = ngrams.load(trained)
    every = np.arange(len(model.words))
    for pair in (("tổ", "chức"), ("thẩm", "quyền"), ("chức", "tổ")):
        first, second = (np.full(len(every), model.id_of(word)) for word in pair)
        total = np.exp(model.scores(first, second, every).astype(float)).sum()
        assert total == pytest.approx(1.0, abs=0.06)  # logarithms are stored in steps of 1/12


words = st.lists(st.sampled_from(["a", "tổ", "chức", "đ"]), min_size=1, unique=True)


@settings(max_examples=30, deadline=None)
@given(words, st.integers(0, 255), st.dictionaries(st.text(max_size=5), st.integers()))
def test_written_model_comes_back(tmp_path_factory, names, byte, facts):
    file = tmp_path_factory.mktemp("model") / "x.lm"
    count = len(names)
    tables = ngrams.Tables(
        tuple(names),
        *(np.full(count, byte, kind) for kind in [np.uint8] * 2 + [np.uint16] * 2),
        *(np.full(count, byte, kind) for kind in (np.uint8, np.uint8, np.uint16)),
        np.arange(250, 250 + count, dtype=np.uint16),
        np.full(count, byte, np.uint8),
    )
    ngrams.dump(tables, facts, file)
    back, told = ngrams.read(file)
    assert told.items() >= {k: v for k, v in facts.items() if k != "format"}.items()
    assert back.words == tables.words
    for name in ngrams.ARRAYS:
        assert np.array_equal(getattr(back, name), getattr(tables, name))


def test_siblings_have_the_same_letters():
    model = ngrams.load()
    near = siblings.of("thâm", model)
    assert {"thẩm", "thấm", "tham"} <= set(near)
    assert all(siblings.plain(word) == "tham" for word in near)


def test_stacked_marks_are_confused_most():
    assert confusion.cost("tô", "tổ") < confusion.cost("to", "tò")
    assert confusion.cost("chỉ", "chi") < confusion.cost("chị", "chí")
    assert confusion.cost("đê", "để") < confusion.cost("để", "đê")


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("a) Hà Nội, ngày", ["LETTER", "<q>", "hà", "nội", "<c>", "ngày"]),
        ("số 12/QĐ-UBND.", ["số", "<n>", "<p>"]),
        ("(hoà bình)", ["<q>", "hòa", "bình", "<q>"]),
    ],
)
def test_tokens(text, classes):
    found = []
    for start, end, kind in tokens.pieces(text):
        piece = text[start:end]
        if kind is not None:
            found.append(tokens.CLASSES[kind])
        else:
            found.append("LETTER" if tokens.is_letter(piece) else tokens.key(piece))
    assert found == classes
