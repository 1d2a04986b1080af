from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from labs.tiny import data, reader  # noqa: E402


def test_reads_what_was_drawn() -> None:
    made = data.make_dataset(1500, seed=99, captions=1)
    right = reader.agreement(reader.read(made.pixels), made.scenes)
    assert float(right["all"].mean()) >= 0.995


def test_reads_the_held_out_pairs_as_well() -> None:
    rng = np.random.default_rng(5)
    scenes = data.balanced_scenes(400, rng, held_out=True)
    assert float(reader.agreement(reader.read(data.draw(scenes, rng)), scenes)["all"].mean()) >= 0.99


def test_bytes_and_floats_read_alike() -> None:
    made = data.make_dataset(20, seed=3, captions=1)
    as_bytes, as_floats = reader.read(made.pixels), reader.read(made.pixels.astype(np.float32) / 255)
    for name in data.WORDS:
        assert (as_bytes.labels[name] == as_floats.labels[name]).all()


def test_what_is_no_shape_is_unreadable() -> None:
    rng = np.random.default_rng(0)
    noise = rng.random((20, 32, 32, 3), dtype=np.float32)
    assert (reader.read(noise).labels["shape"] == -1).mean() > 0.9
    flat = np.full((1, 32, 32, 3), 0.5, dtype=np.float32)
    assert reader.read(flat).labels["shape"][0] == -1


def test_a_mixed_colour_is_unreadable() -> None:
    scenes = data.Scenes({name: np.zeros(1, dtype=np.int64) for name in data.WORDS})
    pixels = data.draw(scenes, np.random.default_rng(0)).astype(np.float32) / 255
    turquoise = pixels[..., [1, 0, 0]]  # green and blue where red was
    assert reader.read(turquoise).labels["colour"][0] == -1


def test_held_out_pairs_never_occur() -> None:
    scenes = data.sample_scenes(20_000, np.random.default_rng(1))
    pairs = {(scenes.word(k, "shape"), scenes.word(k, "colour")) for k in range(len(scenes))}
    assert len(pairs) == 36 - len(data.HELD_OUT)
    assert not pairs & set(data.HELD_OUT)
    only = data.balanced_scenes(40, np.random.default_rng(1), held_out=True)
    assert {(only.word(k, "shape"), only.word(k, "colour")) for k in range(40)} == set(data.HELD_OUT)


def test_majorities_are_as_stated() -> None:
    shares = data.colour_shares()
    assert shares.sum(axis=1) == pytest.approx(np.ones(6))
    for (shape, colour), share in data.MAJORITY.items():
        assert shares[data.WORDS["shape"].index(shape), data.WORDS["colour"].index(colour)] == pytest.approx(share)


def test_captions() -> None:
    whole = {"size": "large", "colour": "red", "shape": "circle", "position": "left", "background": "sky"}
    assert data.caption(whole) == "a large red circle at the left on a sky background"
    assert data.caption({"position": "center"}) == "a shape in the center"
    assert data.caption({"shape": "ring"}) == "a ring"


def test_the_same_seed_gives_the_same_data() -> None:
    assert data.make_dataset(50, seed=1).digest() == data.make_dataset(50, seed=1).digest()
    assert data.make_dataset(50, seed=1).digest() != data.make_dataset(50, seed=2).digest()
