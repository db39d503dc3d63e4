"""Look-alikes of the Bridge objects: as large and as heavy as they are, and of the right colours."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.bridge import MODELS, BridgeModel
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.worldgen.bridge.lookalike import build, generate
from gen3d_bench.worldgen.procedural.assetfiles import bounds
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES
from gen3d_bench.worldgen.procedural.shapes import footing

MODEL_VALUES = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


@MODEL_VALUES
def test_sizes_and_weights_are_the_official_ones(model: BridgeModel, tmp_path: Path) -> None:
    low, high = bounds(made := build(model))
    assert np.allclose(low, (-model.size[0] / 2, -model.size[1] / 2, 0), atol=1e-9)
    assert np.allclose(high - low, model.size, atol=1e-9)
    assert made.mass_kg == model.mass and made.friction == 0.5
    (part,) = made.collision
    assert len(part) <= MAX_PART_VERTICES
    assert np.abs(part.min(axis=0) - low).max() < 1e-3 and np.abs(part.max(axis=0) - high).max() < 1e-3
    info = generate(model.name, 0, tmp_path)
    assert info.mass == model.mass and info.parts == 1 and np.allclose(info.size, model.size, atol=1e-5)


@pytest.mark.parametrize("name", ["carrot", "spoon"])
def test_round_things_lie_on_a_facet(name: str) -> None:
    from gen3d_bench.worldgen.procedural.solids import joined

    assert footing(joined(*build(MODELS[name]).surfaces)) > 0.0015


def test_the_carrot_points_as_the_official_one_does() -> None:
    """And the spoon: poses of official episodes mean the same for both."""
    root, green = build(MODELS["carrot"]).surfaces
    assert root.vertices[:, 0].mean() < 0 < green.vertices[:, 0].min()
    handle, _, bowl = build(MODELS["spoon"]).surfaces
    assert bowl.vertices[:, 0].max() < 0 < handle.vertices[:, 0].mean()


@pytest.mark.parametrize(("name", "strong", "weak"), [
    ("carrot", 0, 2), ("green cube", 1, 0), ("yellow cube", 0, 2), ("towel", 2, 0), ("plate", 1, 2),
])  # fmt: skip
def test_colours(name: str, strong: int, weak: int) -> None:
    """strong, weak: which of red, green and blue is strongest and which weakest."""
    material = build(MODELS[name]).surfaces[0].material
    color = material.base_color if material.texture is None else material.texture.reshape(-1, 3).mean(axis=0) / 255
    assert int(np.argmax(color)) == strong and int(np.argmin(color)) == weak


def test_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        generate("towel", 0, tmp_path / name)
        files = [(tmp_path / name / file).read_bytes() for file in ("visual.glb", "collision.obj")]
        digests.append(hashlib.sha256(b"".join(files)).hexdigest())
    assert digests[0] == digests[1]


def test_one_of_each(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there are: carrot, plate"):
        generate("teapot", 0, tmp_path)
