"""Each kind of describing word has an effect that can be measured on the model."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from gen3d_bench.worldgen.procedural.assetfiles import bounds
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.generator import build
from gen3d_bench.worldgen.procedural.grip import can_grip
from gen3d_bench.worldgen.procedural.kinship import specification
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS, ObjectModel
from gen3d_bench.worldgen.procedural.palette import COLOR_PHRASES, COLORS
from gen3d_bench.worldgen.procedural.proportions import proportioned
from gen3d_bench.worldgen.procedural.style import FINISHES, PATTERNS, styled
from gen3d_bench.worldgen.procedural.understanding import understood
from gen3d_bench.worldgen.procedural.vocabulary import FINISH_WORDS, MATERIAL_WORDS, PATTERN_WORDS, SHAPES, SIZES

from .test_families import closed_mesh


@lru_cache(maxsize=128)
def described(words: str, noun: str, seed: int = 5) -> ObjectModel:
    """A model as `build` makes it, but with the random stream of the bare noun: words are all that differs."""
    spec, family = specification(f"{words} {noun}"), FAMILIES[specification(noun).family]
    rng = np.random.default_rng(seed)
    model = proportioned(family.build(spec, rng), spec, family.own, family.graspable)
    return styled(model, spec, family.own, np.random.default_rng(seed))


def pixels(model: ObjectModel) -> np.ndarray:
    """[N, 3] sRGB samples of all that is seen, by area."""
    rng, samples = np.random.default_rng(0), []
    for surface in model.surfaces:
        a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
        area = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
        texture = surface.material.texture
        own = np.asarray([surface.material.base_color])
        paint = own if texture is None else own * texture.reshape(-1, 3) / 255.0
        samples.append(paint[rng.integers(len(paint), size=max(1, int(4e5 * area)))])
    return np.vstack(samples)


def nearest_share(model: ObjectModel, color: tuple[float, float, float], within: float = 26.0) -> float:
    """Share of what is seen that lies within a CIELAB distance of a colour."""
    lab = rgb2lab(pixels(model)[:, None])[:, 0]
    return float((np.linalg.norm(lab - rgb2lab(np.array([[color]]))[0, 0], axis=1) < within).mean())


def size(model: ObjectModel) -> np.ndarray:
    return np.ptp(bounds(model), axis=0)


COLORED = ("red", "green", "blue", "yellow", "purple", "orange", "brown", "pink", "black", "white", "gray", "teal")
PLAIN_THINGS = ("cup", "plate", "bowl", "box", "container", "bucket", "tray", "mug", "vase", "pot", "candle", "block")


@pytest.mark.parametrize("noun", PLAIN_THINGS)
def test_a_named_colour_covers_most_of_a_plain_thing(noun: str) -> None:
    for color in COLORED:
        assert nearest_share(described(color, noun), COLORS[color]) > 0.5, color


@pytest.mark.parametrize("phrase", [("navy", "blue"), ("lime", "green"), ("off", "white"), ("sky", "blue")])
def test_colours_of_two_words(phrase: tuple[str, str]) -> None:
    assert nearest_share(described(" ".join(phrase), "bowl"), COLOR_PHRASES[phrase], 20.0) > 0.5


def test_every_family_shows_every_colour() -> None:
    """The colour takes a fair share of the surface, wherever the family wears it."""
    rng = np.random.default_rng(0)
    for name, family in FAMILIES.items():
        for color in rng.choice(COLORED, 3, replace=False):
            share = nearest_share(build(f"{color} {family.nouns[0]}", 3), COLORS[color], 32.0)
            least = {"open_notebook": 0.04, "lamp": 0.05, "chessboard": 0.12}.get(name, 0.15)
            assert share > least, (name, color, share)


def test_the_second_colour_is_seen() -> None:
    for prompt, color in (
        ("white ceramic plate with a blue rim", "blue"),
        ("green bowl with white polka dots", "white"),
        ("blue pen with a gold clip", "gold"),
        ("white teapot with a red lid", "red"),
        ("knife with a green handle", "green"),
        ("blue and white striped napkin", "white"),
        ("orange and black cup", "black"),
        ("green bottle with a red cap", "red"),
        ("lamp with a purple shade", "purple"),
    ):
        assert nearest_share(build(prompt, 2), COLORS[color], 24.0) > 0.04, prompt


@pytest.mark.parametrize("noun", ["cup", "carrot", "stapler", "book", "wine glass"])
def test_finishes_change_the_shine(noun: str) -> None:
    def roughness(word: str) -> float:
        return float(np.mean([s.material.roughness for s in described(word, noun).surfaces]))

    assert roughness("glossy") < roughness("satin") < roughness("matte")


@pytest.mark.parametrize("finish", [f for f, look in FINISHES.items() if look.relief or look.hairlines])
def test_textured_finishes_have_grain(finish: str) -> None:
    def grain(model: ObjectModel) -> float:
        textures = [s.material.texture for s in model.surfaces if s.material.texture is not None]
        texture = max(textures, key=lambda image: image.size)
        return float(np.abs(np.diff(texture.astype(float).mean(axis=2), axis=0)).mean())

    assert grain(described(f"{finish} plastic", "cup")) > 1.5 * grain(described("plastic", "cup"))


@pytest.mark.parametrize("pattern", sorted(PATTERNS - {"plain", "floral"}))
@pytest.mark.parametrize("noun", ["mug", "plate", "napkin", "candle"])
def test_patterns_show_a_second_colour(pattern: str, noun: str) -> None:
    share = nearest_share(build(f"{pattern} red and white {noun}", 1), COLORS["white"], 22.0)
    plain = nearest_share(build(f"plain red {noun}", 1), COLORS["white"], 22.0)
    assert share > plain + 0.03


PROPORTIONS = (
    ("tall", 2, 1.1), ("short", 2, 0.9), ("narrow", 1, 0.95), ("wide", 1, 1.05), ("large", 2, 1.08), ("tiny", 0, 0.85),
    ("deep", 2, 1.1), ("shallow", 2, 0.9),
)  # fmt: skip


@pytest.mark.parametrize(("word", "axis", "ratio"), PROPORTIONS)
@pytest.mark.parametrize("noun", ["mug", "jar", "bowl", "box", "basket", "vase"])
def test_words_for_size_and_shape_change_the_measures(word: str, axis: int, ratio: float, noun: str) -> None:
    change = size(described(word, noun))[axis] / size(described("", noun))[axis]
    assert change > ratio if ratio > 1 else change < ratio


def test_long_things_grow_along_their_length() -> None:
    for noun in ("carrot", "pen", "wooden spoon"):
        ratio = size(described("long", noun)) / size(described("", noun))
        assert ratio[0] > 1.1
        assert ratio[1] < 1.02
        thick = size(described("thick", noun)) / size(described("", noun))
        assert thick[1] > 1.02 * thick[0]


def test_round_things_become_square_and_oval() -> None:
    def corner(model: ObjectModel) -> float:
        """Reach along the diagonal over reach along x of the largest surface."""
        points = max((s.vertices for s in model.surfaces), key=lambda v: np.prod(np.ptp(v, axis=0)))
        return float((points[:, :2] @ (0.5**0.5, 0.5**0.5)).max() / points[:, 0].max())

    assert corner(described("", "bowl")) < 1.02
    assert corner(described("square", "bowl")) > 1.15
    assert corner(described("square", "plate")) > 1.15
    x, y, _ = size(described("oval", "plate"))
    assert max(x, y) > 1.25 * min(x, y)


def test_a_jar_with_a_narrow_neck_has_one() -> None:
    def neck(prompt: str) -> float:
        jar = build(prompt, 4).surfaces[0].vertices
        radius, top = np.hypot(jar[:, 0], jar[:, 1]), jar[:, 2] > 0.9 * jar[:, 2].max()
        return float(radius[top].max() / radius.max())

    assert neck("jar with a narrow neck") < 0.7
    assert neck("jar with a wide mouth") > 0.9
    assert neck("vase with a narrow neck") < 0.6


def test_handles_can_be_of_another_material() -> None:
    plain, wooden = build("steel knife", 1), build("steel knife with a wooden handle", 1)
    assert plain.surfaces[0].material.metallic > 0
    assert wooden.surfaces[0].material.metallic == 0
    assert wooden.surfaces[1].material.metallic > 0


_DESCRIBING = st.lists(
    st.sampled_from(sorted({*COLORS, *MATERIAL_WORDS, *FINISH_WORDS, *PATTERN_WORDS, *SHAPES, *SIZES})), max_size=5
)


@settings(max_examples=50, deadline=None)
@given(
    words=_DESCRIBING,
    name=st.sampled_from(sorted(FAMILIES)),
    part=st.sampled_from(["", " with a red rim", " with a long black handle", " with a narrow neck", " with a lid"]),
    seed=st.integers(0, 3),
)
def test_any_description_gives_a_sound_model_that_can_still_be_gripped(
    words: list[str], name: str, part: str, seed: int
) -> None:
    family = FAMILIES[name]
    model = build(f"{' '.join(words)} {family.nouns[0]}{part}", seed)
    low, high = bounds(model)
    assert abs(low[2]) < 1e-6
    assert (high - low)[:2].max() <= 0.26
    assert high[2] <= 0.20
    assert 1 <= len(model.collision) <= MAX_PARTS
    assert all(4 <= len(hull) <= MAX_PART_VERTICES for hull in model.collision)
    for surface in model.surfaces:
        assert np.isfinite(surface.vertices).all()
        assert closed_mesh(surface).is_watertight
    if family.graspable:
        assert can_grip(model)


@pytest.mark.parametrize("prompt", ["tall matte striped red cup with a gold rim", "hexagonal speckled jar"])
def test_the_same_description_gives_the_same_model(prompt: str) -> None:
    first, again = build(prompt, 3), build(prompt, 3)
    for a, b in zip(first.surfaces, again.surfaces, strict=True):
        assert a.vertices.tobytes() == b.vertices.tobytes()
        assert np.array_equal(np.asarray(a.material.texture), np.asarray(b.material.texture))


@pytest.mark.parametrize("name", sorted(name for name, family in FAMILIES.items() if family.painted))
def test_parts_that_take_a_colour_show_it(name: str) -> None:
    family = FAMILIES[name]
    assert family.painted <= family.parts.keys()
    for part in sorted(family.painted):
        phrase = f"{family.nouns[0]} with a magenta {part}"
        assert understood(phrase).ignored == ()
        shares = [nearest_share(build(phrase, seed), COLORS["magenta"], 20.0) for seed in range(3)]
        assert max(shares) > 0.002, part


def test_what_is_not_honoured_is_said() -> None:
    both = understood("huge pink teapot with a dragon print, a long spout and a red lid")
    assert {"huge", "pink", "red", "lid"} <= set(both.honoured)
    assert both.ignored == ("dragon", "long spout")
    assert understood("hexagonal banana").ignored == ("hexagonal",)
    assert understood("apple with a blue stem").ignored == ("blue stem",)
    assert understood("apple with a brown stem").ignored == ()
    assert understood("mug without a handle on a tray").ignored == ("handle", "tray")
    assert understood("wobbly red cup").ignored == ("wobbly",)


PAPER = (
    "matte black ceramic jar with a narrow neck and slightly textured finish",
    "black plastic remote control with raised tactile buttons",
    "simple round wooden table with a light natural finish",
    "small glossy red ceramic cup with a round handle",
    "white ceramic plate with a blue rim",
    "ballpoint pen with a blue plastic barrel and a silver clip",
    "tall narrow clear glass bottle",
    "striped blue and white napkin",
    "bright kitchen with white cabinets",
    "cozy study with green walls and bookshelves",
)


@pytest.mark.parametrize("prompt", PAPER)
def test_descriptions_of_the_kind_that_designers_write_are_honoured_whole(prompt: str) -> None:
    assert understood(prompt).ignored == ()


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_shape_words_that_count_as_honoured_change_the_model(name: str) -> None:
    """Unless a family has a meaning of its own for them, which may be how it is anyway."""
    family = FAMILIES[name]
    usual = size(described("", family.nouns[0]))
    for word in ("tall", "flat", "oval", "hexagonal", "tapered"):
        if word not in understood(f"{word} {family.nouns[0]}").ignored and word not in family.own:
            other = described(word, family.nouns[0])
            moved = np.abs(other.surfaces[0].vertices - described("", family.nouns[0]).surfaces[0].vertices).max()
            assert moved > 1e-4 or not np.allclose(size(other), usual), word
