"""Keras 2's functions of texts against those that Keras 3 still carries."""

import json

import numpy as np
import pytest
from keras.src.legacy.preprocessing import text as theirs

from hornet.preprocessing import text as ours

TEXTS = ["The cat sat on the mat.", "the Dog\tsat; on a log!", "", "Dogs' & cats -- living_together?"]
LISTS = [["The", "cat", "the"], ["a", "Dog", ""]]
MODES = ["binary", "count", "freq", "tfidf"]
OPTIONS = [
    {},
    {"num_words": 4},
    {"num_words": 4, "oov_token": "<oov>"},
    {"oov_token": "the", "lower": False},
    {"filters": "t", "split": "a"},
    {"char_level": True, "num_words": 9, "oov_token": "?"},
]


@pytest.mark.parametrize("how", [{}, {"lower": False}, {"filters": ",s", "split": "t"}, {"split": "--"}])
def test_words_are_those_of_keras(how):
    for one in TEXTS:
        assert ours.text_to_word_sequence(one, **how) == theirs.text_to_word_sequence(one, **how)
        assert ours.one_hot(one, 50, **how) == theirs.one_hot(one, 50, **how)
        for function in (None, "md5", len):
            assert ours.hashing_trick(one, 7, function, **how) == theirs.hashing_trick(one, 7, function, **how)


def fitted(module, how, texts):
    tokenizer = module.Tokenizer(**how)
    tokenizer.fit_on_texts(texts[:2])
    tokenizer.fit_on_texts(texts)
    return tokenizer


@pytest.mark.parametrize("texts", [TEXTS, LISTS, "characters of one text"], ids=["texts", "lists", "text"])
@pytest.mark.parametrize("how", OPTIONS, ids=str)
def test_a_tokenizer_does_what_keras_s_does(how, texts):
    one, other = fitted(ours, how, texts), fitted(theirs, how, texts)
    assert one.get_config() == other.get_config()
    new = [*texts, "a cat and a zebra"]
    sequences = one.texts_to_sequences(new)
    assert sequences == other.texts_to_sequences(new)
    assert one.sequences_to_texts([*sequences, [1, 99]]) == other.sequences_to_texts([*sequences, [1, 99]])
    for mode in MODES:
        np.testing.assert_array_equal(one.texts_to_matrix(new, mode), other.texts_to_matrix(new, mode))
    for tokenizer in (one, other):
        tokenizer.fit_on_sequences([[1, 2, 2], [2, 5]])
    assert one.index_docs == other.index_docs
    assert one.document_count == other.document_count


@pytest.mark.parametrize(("writer", "reader"), [(ours, theirs), (theirs, ours)], ids=["to-keras", "from-keras"])
def test_a_tokenizer_goes_to_the_other_side_as_json(writer, reader):
    tokenizer = fitted(writer, {"num_words": 5, "oov_token": "?"}, TEXTS)
    described = tokenizer.to_json(indent=1)
    again = reader.tokenizer_from_json(described)
    assert json.loads(again.to_json()) == json.loads(described)
    assert again.texts_to_sequences(TEXTS) == tokenizer.texts_to_sequences(TEXTS)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ours.text_to_word_sequence(3), "must be text"),
        (lambda: ours.hashing_trick("a", 1), "`n` must be at least 2"),
        (lambda: ours.hashing_trick("a", 9, "sha"), "'md5'"),
        (lambda: ours.Tokenizer().texts_to_matrix(["a"]), "knows no words"),
        (lambda: ours.Tokenizer(5).texts_to_matrix(["a"], "tfidf"), "counted no texts"),
        (lambda: ours.Tokenizer(5).texts_to_matrix(["a"], "tf-idf"), "'tfidf'"),
        (lambda: ours.Tokenizer(num_words="five"), "num_words"),
        (lambda: ours.tokenizer_from_json("[]"), "describes no tokenizer"),
        (lambda: ours.tokenizer_from_json("{"), "describes no tokenizer"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
