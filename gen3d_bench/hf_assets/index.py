"""The table that the Hub's viewer shows and `datasets.load_dataset` reads: one row per scene, with its picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gen3d_bench.hf_assets.contents import PackedWorld

ROWS_PER_GROUP = 100
"""The viewer reads group by group; with pictures in it, a group of this many rows is a few megabytes."""

_TEXT = {"dtype": "string", "_type": "Value"}
_TEXTS = {"feature": _TEXT, "_type": "Sequence"}
_COUNT = {"dtype": "int32", "_type": "Value"}
COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "id": _TEXT, "preview": {"_type": "Image"}, "instruction": _TEXT, "source": _TEXT, "relation": _TEXT,
    "target": _TEXT, "distractors": _TEXTS, "n_objects": _COUNT, "room": _TEXT, "table": _TEXT,
    "source_category": _TEXT, "target_category": _TEXT, "splits": _TEXTS, "designer": _TEXT, "generators": _TEXTS,
    "licences": _TEXTS, "file": _TEXT, "assets": _TEXTS, "sha256": _TEXT,
}
"""Name -> feature, as the `datasets` library writes them."""
_ARROW = {
    "Image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    "Sequence": pa.list_(pa.string()),
    "string": pa.string(),
    "int32": pa.int32(),
}


def write_index(
    path: Path, worlds: Sequence[PackedWorld], splits: Mapping[str, Sequence[str]], pictures: Mapping[str, bytes]
) -> None:
    """The Parquet file of a pack: the same bytes for the same scenes.  pictures: encoded images by scene id."""
    rows = [_row(world, splits, pictures[world.packed.id]) for world in worlds]
    features = {"info": {"features": COLUMNS}}
    schema = pa.schema(
        [(name, _ARROW[feature.get("dtype", feature["_type"])]) for name, feature in COLUMNS.items()],
        metadata={"huggingface": json.dumps(features)},
    )
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, path, compression="zstd", row_group_size=ROWS_PER_GROUP)


def _row(world: PackedWorld, splits: Mapping[str, Sequence[str]], picture: bytes) -> dict[str, Any]:
    scene, packed = world.scene, world.packed
    goal = next(r for r in scene.relations if (r.subject, r.object) == (scene.source.name, scene.target.name))
    return {
        "id": scene.id,
        "preview": {"bytes": picture, "path": packed.preview.rpartition("/")[2]},
        "instruction": scene.instruction,
        "source": scene.source.name,
        "relation": goal.relation,
        "target": scene.target.name,
        "distractors": [thing.name for thing in scene.distractors],
        "n_objects": len(scene.objects),
        "room": world.room.info.name,
        "table": world.table.info.name,
        "source_category": world.info_of(scene.source.name).category,
        "target_category": world.info_of(scene.target.name).category,
        "splits": [name for name, ids in splits.items() if scene.id in ids],
        "designer": scene.provenance.designer,
        "generators": world.generators(),
        "licences": world.licences(),
        "file": packed.file,
        "assets": list(packed.assets),
        "sha256": packed.sha256,
    }
