"""EmbodiedGen's scenes become scenes of this project: roles from the sentence, assets as native folders, no poses.

EmbodiedGen places things without clearance and, for this robot, mostly out of reach, so its poses are read and checked
but not used; objects of an imported scene have none, and are laid out anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.generators import GENERATORS
from gen3d_bench.scenes.manifest import DamagedAssetError
from gen3d_bench.scenes.problems import shown
from gen3d_bench.scenes.schema import MAX_OBJECTS, AssetRef, Provenance, Role, Scene, SceneObject
from gen3d_bench.scenes.schema import Relation as SceneRelation
from gen3d_bench.worldgen.assets.folders import adopt, temporary_folder
from gen3d_bench.worldgen.designer.graph import Relation
from gen3d_bench.worldgen.interchange.embodiedgen_asset import FlaggedError, import_urdf
from gen3d_bench.worldgen.interchange.embodiedgen_layout import EmbodiedGenLayout, read_layout
from gen3d_bench.worldgen.interchange.embodiedgen_places import Place, background_place, makes, table_place
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.native import ImportedObject, ImportOptions
from gen3d_bench.worldgen.interchange.roles import Roles, resolve_roles
from gen3d_bench.worldgen.interchange.urdf import UrdfError, find_urdf
from gen3d_bench.worldgen.slug import slug

OWN_KEY = "gen3d_bench"
"""Top-level key of layouts that this project wrote: who is source and target, and how."""
OWN_OBJECTS = ImportOptions(max_extent=1.0)
"""For layouts that this project wrote: their objects are sized for the robot already."""


@dataclass(frozen=True)
class LayoutOptions:
    """How a layout is imported.

    id: of the scene; None takes the name of the layout's folder.
    source, target, relation: what the user says of roles; None finds it in the sentence.
    accept_flagged: take assets that EmbodiedGen's own checks rejected, and note it.
    seed: of a table and room that are made anew.
    fit_source: scale the source down to what the gripper can take, as the paper does.
    objects: limits of imported objects; None takes the defaults, or those of this project for its own layouts.
    """

    id: str | None = None
    source: str | None = None
    target: str | None = None
    relation: Relation | None = None
    accept_flagged: bool = False
    seed: int = 0
    fit_source: bool = True
    objects: ImportOptions | None = None


@dataclass
class _Imports:
    """What has been imported so far: refs by node, hollow nodes, notes, and what went wrong."""

    refs: dict[str, AssetRef] = field(default_factory=dict)
    hollow: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def import_layout(path: str | Path, out: str | Path, options: LayoutOptions | None = None) -> Scene:
    """The scene of a layout, not saved and not checked, its assets in `out/assets`.

    path: of a `layout.json`, or its folder.  Poses are left out.  What was changed or guessed is in the scene's notes.
    Raises SceneError that lists everything that keeps the layout from being imported.
    """
    options = options or LayoutOptions()
    layout = read_layout(path)
    own = _own(layout)
    roles = _roles(layout, options, own)
    if 2 + len(roles.distractors) > MAX_OBJECTS:
        raise SceneError(f"{layout.path}: has {2 + len(roles.distractors)} objects, a scene holds {MAX_OBJECTS}; take "
                         f"some of {', '.join(map(repr, roles.distractors))} out of its distractor_objs")
    out = Path(out)
    done = _Imports(notes=list(layout.warnings))
    try:
        for node in (roles.source, roles.target, *roles.distractors):
            _import_node(layout, node, roles, out, options, own is not None, done)
        if done.problems:
            raise SceneError("\n  ".join([f"{layout.path}: cannot be imported:", *done.problems]))
        return _scene(layout, roles, out, options, done)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SceneError(f"{layout.path}: {'.'.join(map(str, first['loc']))} {first['msg']}") from None
    except OSError as error:
        raise SceneError(f"{out}: cannot be written to: {error.strerror or error}") from error


def _own(layout: EmbodiedGenLayout) -> dict[str, Any] | None:
    """What this project's exporter said of the scene, if it wrote the layout."""
    said = layout.extra.get(OWN_KEY)
    return said if isinstance(said, dict) and all(isinstance(said.get(k), str) for k in ("source", "target")) else None


def _kept(kind: str, said: object) -> Place | None:
    """The table or room that this project's exporter says the built-in generator made, if that can be made again."""
    try:
        ref = AssetRef.model_validate(said)
    except ValidationError:
        return None
    known = ref.generator in GENERATORS and ref.prompt is not None and makes(ref.prompt) == kind
    return Place(ref) if known else None


def _roles(layout: EmbodiedGenLayout, options: LayoutOptions, own: dict[str, Any] | None) -> Roles:
    relation = layout.relation
    source, target = options.source, options.target
    if own is not None:
        source, target = source or own["source"], target or own["target"]
    try:
        roles = resolve_roles(
            relation.task_desc, relation.manipulated_objs, relation.distractor_objs, source, target
        )
    except SceneError as error:
        raise SceneError(f"{layout.path}: {error}") from None
    kept = own is not None and (roles.source, roles.target) == (own["source"], own["target"])
    told = options.relation or (own.get("relation") if own is not None and kept else None)
    return replace(roles, relation=told) if told in ("ON", "IN") else roles


def _import_node(
    layout: EmbodiedGenLayout, node: str, roles: Roles, out: Path, options: LayoutOptions, own: bool, done: _Imports
) -> None:
    """Imports an object into `out/assets`, or adds to the problems.  Raises OSError."""
    place = layout.folder(node)
    if place is None:
        given = layout.assets.get(node, "")
        done.problems.append(f"{node!r}: its folder {shown(given)} is not there")
        return
    limits = options.objects or (OWN_OBJECTS if own else ImportOptions())
    if node == roles.source and options.fit_source and not own:
        limits = replace(limits, fit_gripper=True)
    hollow = {"IN": True, "ON": False, None: None}[roles.relation] if node == roles.target else None
    try:
        with temporary_folder(out / "assets") as folder:
            made: ImportedObject = import_urdf(
                find_urdf(place, node, layout.path.parent), folder, _spoken(node), layout.objs_desc.get(node, ""),
                layout.quality.get(node), hollow, options.accept_flagged, limits,
            )
            asset = adopt(folder, out / "assets", _spoken(node))
    except (FlaggedError, UrdfError, MeshError, DamagedAssetError) as error:
        done.problems.append(f"{node!r}: {error}")
        return
    done.refs[node] = AssetRef(path=str(asset.folder.absolute()))
    if made.info.hollow:
        done.hollow.add(node)
    done.notes += [f"{node}: {note}" for note in made.notes]


def _scene(layout: EmbodiedGenLayout, roles: Roles, out: Path, options: LayoutOptions, done: _Imports) -> Scene:
    relation: Relation = roles.relation or ("IN" if roles.target in done.hollow else "ON")
    source, target = _spoken(roles.source), _spoken(roles.target)
    own = _own(layout) or {}
    background = _kept("room", own.get("background")) or background_place(layout, out, options.seed)
    table = _kept("table", own.get("table")) or table_place(layout, out, options.seed + 1)
    kinds = {roles.source: Role.source, roles.target: Role.target, **dict.fromkeys(roles.distractors, Role.distractor)}
    objects = tuple(
        SceneObject(name=_spoken(node), role=role, asset=done.refs[node]) for node, role in kinds.items()
    )
    sentence = " ".join(layout.relation.task_desc.split())
    return Scene(
        id=options.id or slug(layout.path.parent.name),
        instruction=sentence or f"put the {source} {relation.lower()} the {target}",
        background=background.ref,
        table=table.ref,
        objects=objects,
        relations=(SceneRelation(subject=source, relation=relation, object=target),),
        provenance=Provenance(
            designer="embodiedgen",
            source=f"EmbodiedGen layout {layout.path.parent.name}/{layout.path.name}",
            notes=(*done.notes, *background.notes, *table.notes),
        ),
    )


def _spoken(node: str) -> str:
    return " ".join(node.replace("_", " ").split())
