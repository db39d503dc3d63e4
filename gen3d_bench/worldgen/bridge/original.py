"""The asset generator "bridge": ManiSkill's files of SimplerEnv's Bridge objects as asset folders of this package.

The prompt names the model ("carrot"); the seed is 0, for there is only one.  Nothing is taken on trust: the same bytes
come out wherever it runs, since files that are not the official ones are refused.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gen3d_bench.scenes.bridge import COLLISION, FRICTION, MODELS, VISUAL, BridgeModel
from gen3d_bench.scenes.bridge_files import verified_files
from gen3d_bench.scenes.errors import StoreError, did_you_mean
from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.interchange.glb import write_visual
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.paints import bounded
from gen3d_bench.worldgen.interchange.shape import Array, Paint, Shape, joined
from gen3d_bench.worldgen.procedural.assetfiles import y_up

VERSION = 1
"""Raised whenever the same files would give other bytes."""

TEXTURE_SIDE = 1024
"""Most pixels of a texture either way.  Things of 15 cm fill a sixth of the robot's picture."""
LAMBERT_ROUGHNESS = 0.96
"""What SAPIEN gives to a surface whose file says only that it is dull."""


def generate(prompt: str, seed: int, folder: Path) -> AssetInfo:
    """Writes `visual.glb` and `collision.obj`.  Raises StoreError for an unknown model and for files that are missing
    or not the official ones, MissingExtra."""
    model = known_model(prompt, seed)
    source = verified_files(model)
    origin = np.eye(4)
    origin[:3, 3] = model.origin
    write_visual(_visual(model, source).moved(origin), folder / "visual.glb")
    collision = (source / COLLISION).read_text(encoding="ascii")
    (folder / "collision.obj").write_text(_placed(collision, np.array(model.origin)), encoding="ascii")
    x, y, z = (round(v, 5) for v in model.size)
    return AssetInfo(
        kind="object",
        name=prompt,
        category=prompt.split()[-1],
        description=f"{prompt} of SimplerEnv's Bridge scenes",
        size=(x, y, z),
        mass=model.mass,
        friction=FRICTION,
        parts=model.parts,
        provenance=f"{model.model_id} of ManiSkill's data set bridge_v2_real2sim, converted; its terms are those of "
                   "https://huggingface.co/datasets/haosulab/ManiSkill_bridge_v2_real2sim",
        licence="LicenseRef-ManiSkill-bridge-v2-real2sim",
    )


def known_model(prompt: str, seed: int) -> BridgeModel:
    """The model that a prompt names.  Raises StoreError."""
    if prompt not in MODELS:
        raise StoreError(f"SimplerEnv's Bridge scenes have no {prompt!r}{did_you_mean(prompt, MODELS)}; "
                         f"there are: {', '.join(MODELS)}")
    if seed != 0:
        raise StoreError(f"there is one {prompt!r} only, so its seed is 0, not {seed}")
    return MODELS[prompt]


def _visual(model: BridgeModel, source: Path) -> Shape:
    """What is seen, in the model's frame."""
    shape = joined([_repainted(piece, model) for piece in read_mesh(source / VISUAL).pieces])
    if not np.allclose(shape.bounds, (model.visual_low, model.visual_high), atol=1e-6):
        raise StoreError(f"{source / VISUAL}: was read at another size than it has; "
                         "install the version of trimesh that constraints.txt names")
    return shape


def _placed(text: str, origin: Array) -> str:
    """An OBJ file's convex parts in our frame, Y-up.

    Its points stay as they are and in their order, those inside the hulls too: PhysX simplifies hulls as it builds
    them, and only from the same points does it build the same ones.
    """
    lines = [line.split() for line in text.splitlines()]
    points = np.array([line[1:4] for line in lines if line[:1] == ["v"]], float)
    placed = iter(y_up(points + origin) + 0.0)
    written, part = [], 0
    for line in lines:
        if line[:1] == ["o"]:
            written.append(f"o part{part}")
            part += 1
        elif line[:1] == ["v"]:
            written.append("v {:.8f} {:.8f} {:.8f}".format(*next(placed)))
        elif line[:1] == ["f"]:
            written.append(" ".join(["f", *(corner.split("/")[0] for corner in line[1:])]))
    return "\n".join(written) + "\n"


def _repainted(piece: Shape, model: BridgeModel) -> Shape:
    return replace(piece, paints=tuple(_look(paint, model) for paint in piece.paints))


def _look(paint: Paint, model: BridgeModel) -> Paint:
    """As SAPIEN shows upstream's file.  Baked colours shine by themselves there, unlike what our own scenes do with
    them: they would be shaded twice."""
    paint = replace(bounded(paint, TEXTURE_SIDE)[0], roughness=LAMBERT_ROUGHNESS)
    red, green, blue, alpha = paint.color
    return replace(paint, color=(0.0, 0.0, 0.0, alpha), glow=(red, green, blue)) if model.baked else paint


