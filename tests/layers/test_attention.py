"""What the layers that attend do beside the laws: masks, weights, dropout, and the blocks that people build of them."""

import itertools

import keras
import numpy as np
import onnxruntime
import pytest

import hornet
from hornet import layers, ops

rng = np.random.default_rng(0)
X, Y, Z = (rng.normal(size=(3, steps, 4)).astype("float32") for steps in (5, 6, 6))
QUERY_MASK = np.arange(5) < np.array([[5], [3], [1]])
VALUE_MASK = np.arange(6) < np.array([[2], [6], [4]])
SEEN = rng.uniform(size=(3, 5, 6)) < 0.6

HEADED = [
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "value_dim": 2, "dropout": 0.3, "sliding_window": 2}),
    ("GroupQueryAttention", {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": True}),
]


def pair(name, how, build):
    """Return our layer and Keras's, of the same weights."""
    one, other = (getattr(library.layers, name)(**how) for library in (hornet, keras))
    build(one), build(other)
    for variable in one.weights:
        variable.assign(rng.normal(size=variable.shape))
    other.set_weights(one.get_weights())
    return one, other


def assert_same(ours, theirs):
    for one, other in zip(
        *(result if isinstance(result, tuple) else (result,) for result in (ours, theirs)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "how"), HEADED)
def test_masks_of_several_heads_are_those_of_keras(name, how):
    one, other = pair(name, how, lambda layer: layer.build(X.shape, Y.shape, Z.shape))
    for scores, causal, seen in itertools.product((False, True), (False, True), (None, SEEN)):
        more = {"return_attention_scores": scores, "use_causal_mask": causal, "attention_mask": seen}
        assert_same(one(X, Y, Z, **more), other(X, Y, Z, **more))
    assert_same(one(X, Y, value_mask=VALUE_MASK), other(X, Y, value_mask=VALUE_MASK))
    assert_same(one(X, Y, Z, key_mask=VALUE_MASK), other(X, Y, Z, key_mask=VALUE_MASK))


@pytest.mark.filterwarnings("ignore:.*was passed an input with a mask")  # of Keras's own
@pytest.mark.parametrize(("name", "how"), HEADED)
def test_masks_come_with_the_inputs_and_go_on(name, how):
    results = []
    ours, theirs = pair(name, how, lambda layer: layer.build((3, 5, 4), (3, 5, 4)))
    for library, layer in ((hornet, ours), (keras, theirs)):
        tokens = library.Input((5,), dtype="int32")
        steps = library.layers.Embedding(9, 4, mask_zero=True, embeddings_initializer="ones")(tokens)
        output, scores = layer(steps, steps, return_attention_scores=True)
        mean = library.layers.GlobalAveragePooling1D()(output)
        model = library.Model(tokens, [mean, scores])
        results.append(model.predict_on_batch(np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0]])))
    assert_same(*map(tuple, results))


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_masks_are_those_of_keras(name):
    one, other = pair(name, {"use_scale": True}, lambda layer: layer.build([X.shape, Y.shape]))
    for scores, causal, masks in itertools.product(
        (False, True), (False, True), (None, [QUERY_MASK, VALUE_MASK], [None, VALUE_MASK], [QUERY_MASK, None])
    ):
        more = {"return_attention_scores": scores, "use_causal_mask": causal, "mask": masks}
        assert_same(one([X, Y], **more), other([X, Y], **more))
    assert one.compute_mask([X, Y], [QUERY_MASK, None]) is not None


def test_dropout_takes_a_share_of_the_weights_in_training():
    for layer, call in [
        (layers.Attention(dropout=0.3), lambda layer: layer([X, Y], training=True)),
        (layers.MultiHeadAttention(1, 3, dropout=0.3), lambda layer: layer(X, Y, training=True)),
    ]:
        assert not np.array_equal(call(layer), call(layer))
    layer, many, eye = layers.Attention(dropout=0.3), np.zeros((1, 100, 2)), np.eye(100)[None]
    kept = np.asarray(layer([many, eye, np.zeros((1, 100, 2))], training=True))[0]
    assert 0.28 < np.mean(kept == 0) < 0.32
    np.testing.assert_allclose(kept[kept != 0], 0.01 / 0.7, rtol=1e-5)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"is_causal": True, "scale": 0.3},
        {"mask": SEEN[:, None], "bias": rng.normal(size=(4, 5, 6)).astype("float32")},
        {"flash_attention": False},
    ],
    ids=str,
)
def test_the_operation_is_that_of_keras(how):
    query = rng.normal(size=(3, 5, 4, 2)).astype("float32")
    key, value = rng.normal(size=(2, 3, 6, 2, 2)).astype("float32")
    assert_same(
        ops.dot_product_attention(query, key, value, **how), keras.ops.dot_product_attention(query, key, value, **how)
    )


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = hornet.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs):
        attended = self.dropout1(self.att(inputs, inputs))
        out1 = self.layernorm1(inputs + attended)
        return self.layernorm2(out1 + self.dropout2(self.ffn(out1)))


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        positions = ops.arange(start=0, stop=ops.shape(x)[-1], step=1)
        return self.token_emb(x) + self.pos_emb(positions)


def test_a_transformer_is_trained_saved_and_exported(tmp_path):
    """The text classifier of Keras's examples, on rows whose class is whether they begin with 1."""
    hornet.utils.set_random_seed(0)
    tokens = np.random.default_rng(0).integers(1, 4, (256, 6))
    labels = (tokens[:, 0] == 1).astype(int)
    inputs = layers.Input(shape=(6,))
    x = TransformerBlock(8, 2, 8)(TokenAndPositionEmbedding(6, 4, 8)(inputs))
    x = layers.Dense(8, activation="relu")(layers.GlobalAveragePooling1D()(x))
    model = hornet.Model(inputs, layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.01
    history = model.fit(tokens, labels, batch_size=32, epochs=15, verbose=0).history
    assert history["accuracy"][-1] > 0.95 > history["accuracy"][0]
    expected = model.predict(tokens, verbose=0)
    model.save(tmp_path / "model.keras")
    classes = {one.__name__: one for one in (TransformerBlock, TokenAndPositionEmbedding)}
    again = hornet.saving.load_model(tmp_path / "model.keras", custom_objects=classes)
    np.testing.assert_array_equal(again.predict(tokens, verbose=0), expected)
    model.export(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (name,) = (one.name for one in session.get_inputs())
    (output,) = session.run(None, {name: tokens.astype("float32")})
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: layers.Attention(score_mode="sum"), "'dot', 'concat'"),
        (lambda: layers.Attention()(X), "list of arrays, not to one of shape"),
        (lambda: layers.Attention()([X]), "2 or 3 arrays, not 1"),
        (lambda: layers.Attention()([X, Y[..., :2]]), "do not fit"),
        (lambda: layers.Attention()([X, Y], mask=QUERY_MASK), "one mask an input"),
        (lambda: layers.Attention(dropout=2.0), "`dropout`"),
        (lambda: layers.MultiHeadAttention(0, 3), "`num_heads`"),
        (lambda: layers.MultiHeadAttention(2, 3, output_shape="all"), "`output_shape`"),
        (lambda: layers.MultiHeadAttention(2, 3, sliding_window=0), "`sliding_window`"),
        (lambda: layers.MultiHeadAttention(2, 3)(X[0], Y[0]), "batch, steps, features"),
        (lambda: layers.MultiHeadAttention(2, 3)(X, Y, X), "each value has one key"),
        (lambda: layers.GroupQueryAttention(2, 3, 2), "does not divide"),
        (lambda: ops.dot_product_attention(X, X, X), "which do not fit"),
        (lambda: ops.dot_product_attention(X[None], X[None], X[None], attn_logits_soft_cap=1.0), "TPUs"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
