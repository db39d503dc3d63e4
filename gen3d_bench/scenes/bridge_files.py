"""Where the official files of SimplerEnv's Bridge scenes lie, and whether they are what they should be."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.scenes.bridge import MODELS, BridgeModel
from gen3d_bench.scenes.errors import StoreError

REMEDY = "`gen3d assets pull simpler` fetches them"
DATA_SET = "tasks/bridge_v2_real2sim_dataset"
"""The data set's folder within ManiSkill's asset folder."""
MODELS_FOLDER = f"{DATA_SET}/custom/models"
PHOTOGRAPH = f"{DATA_SET}/real_inpainting/bridge_real_eval_1.png"
STAGE = f"{DATA_SET}/stages/bridge_table_1_v1.glb"
FACTS = (f"{DATA_SET}/custom/info_bridge_custom_v0.json", f"{DATA_SET}/custom/info_bridge_custom_baked_tex_v0.json")
"""Files in ManiSkill's asset folder: the real table's picture, the mesh of table and room, and upstream's own facts."""


def maniskill_folder() -> Path:
    """Where ManiSkill looks for its assets: $MS_ASSET_DIR/data, else ~/.maniskill/data.  It need not exist."""
    return Path(os.environ.get("MS_ASSET_DIR") or Path.home() / ".maniskill") / "data"


@dataclass(frozen=True)
class Place:
    """Where SimplerEnv's tasks take place.  photograph: 640 x 480 pixels, from where the camera is.  stage: mesh of
    table and room."""

    photograph: Path
    stage: Path


def original_place() -> Place:
    """The files of the place.  Raises StoreError where one is missing."""
    folder = maniskill_folder()
    place = Place(folder / PHOTOGRAPH, folder / STAGE)
    for file in (place.photograph, place.stage):
        if not file.is_file():
            raise StoreError(f"{file} is not there, and SimplerEnv's own setting needs it; {REMEDY}")
    return place


def verified_files(model: BridgeModel) -> Path:
    """Folder of a model's files, each of which has the official contents.  Raises StoreError."""
    folder = maniskill_folder() / MODELS_FOLDER / model.model_id
    for name, wanted in model.files.items():
        file = folder / name
        try:
            found = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            raise StoreError(f"{file}: cannot be read ({error.strerror or error}); {REMEDY}") from None
        if found != wanted:
            raise StoreError(f"{file}: is not the official file (sha256 {found[:12]}..., not {wanted[:12]}...), so the "
                             f"{model.name} would not be SimplerEnv's; remove {folder}, and {REMEDY}")
    return folder


def missing_files(folder: Path) -> tuple[str, ...]:
    """Files of the models, relative to a ManiSkill asset folder, that are not there.  Contents are not looked at."""
    names = (f"{MODELS_FOLDER}/{model.model_id}/{name}" for model in MODELS.values() for name in model.files)
    return tuple(name for name in names if not (folder / name).is_file())


def assets_folder() -> Path | None:
    """ManiSkill's asset folder if every model's files are there, else None.

    What they hold is compared with the models' checksums when an asset is made of them.
    """
    folder = maniskill_folder()
    return folder if not missing_files(folder) else None
