"""Is the mesh of an asset sound, one thing and in proportion, and do its collision parts fit it?

Nothing here knows who made an asset.  Surfaces may be in pieces that stick in one another, as modellers and this
package's own generator make them; generated ones may have a few flaws that nobody sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.worldgen.checks.collision import collision_problems
from gen3d_bench.worldgen.checks.judged import ruled
from gen3d_bench.worldgen.checks.kinds import size_problem
from gen3d_bench.worldgen.checks.meshes import Hull, Surface, UnreadableMesh, read_visual
from gen3d_bench.worldgen.checks.tables import table_problems
from gen3d_bench.worldgen.verdict import Stage, Verdict

if TYPE_CHECKING:
    import manifold3d

Array = NDArray[np.float64]

METHOD = "mesh and collision parts measured"
FLAWED_SHARE = 0.01
"""Share of edges that may be open, and of faces that may be degenerate or turned: holes of that size are not seen."""
LEAST_THICKNESS = 0.0008
"""Of anything that is there to be touched (m)."""
SIZE_TOLERANCE = 0.002
"""Between what `asset.json` says and the mesh (m), or 2 % of it."""
ASIDE = 0.25
"""How far the middle may be from the origin, seen from above, relative to the size."""
GAP = 0.002
"""Pieces farther apart than this (m), and than 2 % of the asset's size, belong to two things."""
DUPLICATE_OVERLAP = 0.85
"""Two pieces that share so much of their common volume are the same one twice."""
SAME_SIZE = 0.98
"""Hollow pieces share little volume: of one that is there twice the volumes, and those of the hulls, are this alike."""
LEAST_PIECE = 0.02
"""Share of the volume below which a piece is a detail and may be doubled (a crease of leaves, the print on a cap)."""


def check_geometry(asset: Asset, *, made_here: bool = True) -> Verdict:
    """One asset's mesh and collision parts; of rooms, which are only looked at, that the mesh can be drawn.

    made_here: whether the asset was made to order.  What exists already may have an open surface, which the verdict
    then says: physics feels only the collision parts.  Nothing else is forgiven.
    """
    try:
        surfaces = read_visual(asset.folder)
        problems = [*_broken(surfaces)]
        found = f"{sum(len(s.faces) for s in surfaces)} triangles"
        if not problems:
            problems += _size_problems(asset, surfaces)
        if not problems and asset.info.kind != "room":
            gaps = _open(surfaces)
            problems += [f"the surface is not closed: {gaps}"] if gaps and made_here else []
            pieces = [piece for surface in surfaces for piece in surface.pieces()]
            problems += [*_inside_out(surfaces, pieces, bool(gaps)), *_apart(pieces, asset), *_doubled(pieces, asset)]
            problems += table_problems(asset, surfaces) if asset.info.kind == "table" else ()
            problems += collision_problems(asset, surfaces)
            found = f"one body in {len(pieces)} pieces, {found}, {asset.info.parts} convex parts that fit it"
            found += f"; open surface, {gaps}; collision parts are closed" if gaps else ""
    except UnreadableMesh as error:
        problems, found = [str(error)], ""
    return ruled(Stage.geometry, METHOD, problems, found)


def extent(surfaces: Sequence[Surface]) -> Array:
    """[2, 3] lowest and highest corner (m)."""
    points = np.vstack([s.vertices[s.faces.ravel()] for s in surfaces])
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _broken(surfaces: Sequence[Surface]) -> Iterator[str]:
    if not all(np.isfinite(s.vertices).all() for s in surfaces):
        yield "the mesh has vertices that are no numbers"
        return
    faces = sum(len(s.faces) + s.degenerate for s in surfaces)
    flat = sum(s.degenerate + int((np.linalg.norm(s.face_normals, axis=1) < 1e-13).sum()) for s in surfaces)
    if flat > FLAWED_SHARE * faces:
        yield f"{flat} of {faces} triangles have no area"


def _size_problems(asset: Asset, surfaces: Sequence[Surface]) -> Iterator[str]:
    low, high = extent(surfaces)
    size, said = high - low, np.array(asset.info.size)
    if (np.abs(size - said) > np.maximum(SIZE_TOLERANCE, 0.02 * said)).any():
        yield f"the mesh measures {_cm(size)}, asset.json says {_cm(said)}"
    if asset.info.kind == "room":
        return
    if size.min() < LEAST_THICKNESS:
        yield f"it is {1000 * size.min():.2f} mm thin"
    problem = size_problem(asset.info.category, size) if asset.info.kind == "object" else None
    if problem:
        yield problem
    # Seen from above the origin is only about the middle: a mug stands on the middle of its body, not of its handle.
    level, where = (low[2], "base") if asset.info.kind == "object" else (high[2], "top")
    aside = np.abs((low + high)[:2] / 2)
    if abs(level) > SIZE_TOLERANCE or (aside > np.maximum(SIZE_TOLERANCE, ASIDE * size[:2])).any():
        above, beside = 1000 * level + 0.0, 1000 * aside.max()  # + 0.0: no "-0 mm"
        yield f"its {where} lies {above:.0f} mm above and its middle {beside:.0f} mm beside the origin"


def _open(surfaces: Sequence[Surface]) -> str | None:
    """How many edges are open, if so many are that it shows."""
    counts = [part.loose_edges() for s in surfaces if not s.sheet for part in s.split[1]]
    loose, edges = (sum(numbers) for numbers in zip(*counts, strict=True)) if counts else (0, 1)
    return f"{loose} of {edges} edges do not join two faces" if loose > FLAWED_SHARE * edges else None


def _inside_out(surfaces: Sequence[Surface], pieces: Sequence[manifold3d.Manifold], is_open: bool) -> Iterator[str]:
    """is_open: then only its closed pieces have an outside."""
    bodies = [s for s in surfaces if not s.sheet]
    volume = sum(float(np.einsum("fi,fi->", s.vertices[s.faces[:, 0]], s.face_normals)) / 6 for s in bodies)
    volume = sum(piece.volume() for piece in pieces) if is_open else volume
    turned = [piece for piece in pieces if piece.volume() < 0]
    if volume < 0:
        yield "its surface is turned inside out"
    elif turned and -sum(piece.volume() for piece in turned) > 0.5 * volume:
        yield f"{len(turned)} of its pieces are turned inside out"
    shaded_wrong = sum(int((np.einsum("fi,fki->fk", s.face_normals, s.normals) < 0).sum()) for s in surfaces)
    corners = sum(3 * len(s.faces) for s in surfaces)
    if shaded_wrong > 3 * FLAWED_SHARE * corners:
        yield f"the normals of {shaded_wrong} of {corners} corners point inwards"


def _apart(pieces: Sequence[manifold3d.Manifold], asset: Asset) -> Iterator[str]:
    """One body: every piece touches the rest."""
    reach = max(GAP, 0.02 * max(asset.info.size))
    low, high = _boxes(pieces)
    near = (low[:, None] <= high[None] + reach).all(axis=2)
    near &= near.T
    group = np.arange(len(pieces))
    for i, j in np.argwhere(np.triu(near, 1)):
        if group[i] != group[j] and pieces[i].min_gap(pieces[j], 1.01 * reach) <= reach:
            group[group == group[j]] = group[i]
    if len(np.unique(group)) > 1:
        _join_nested(pieces, group)
    groups = [group == k for k in np.unique(group)]
    if len(groups) > 1:
        groups.sort(key=lambda group: -sum(p.volume() for p, mine in zip(pieces, group, strict=True) if mine))
        away = ", ".join(_cm(high[group].max(axis=0) - low[group].min(axis=0)) for group in groups[:4])
        yield f"it is {len(groups)} separate bodies ({away}) more than {1000 * reach:.0f} mm apart"


def _join_nested(pieces: Sequence[manifold3d.Manifold], group: NDArray[np.int64]) -> None:
    """Give groups within one another the same number: a bulb hangs in its shade by what nobody models."""
    members = [np.flatnonzero(group == k).tolist() for k in np.unique(group)]
    hulls = [_hull(np.vstack([_points(pieces[i]) for i in mine])) for mine in members]
    for mine, hull in zip(members, hulls, strict=True):
        for others, other in zip(members, hulls, strict=True):
            middle = (other.points.min(axis=0) + other.points.max(axis=0)) / 2
            if hull is not other and hull.distance(middle[None])[0] < 0:
                group[group == group[others[0]]] = group[mine[0]]


def _hull(points: Array) -> Hull:
    from scipy.spatial import QhullError

    try:
        return Hull.of(points)
    except QhullError:  # a flat sheet: everything is outside
        return Hull(points, np.array([[0.0, 0.0, 0.0, 1.0]]), 0.0, 0.0)


def _points(piece: manifold3d.Manifold) -> Array:
    """[V, 3] (m)."""
    return np.asarray(piece.to_mesh64().vert_properties, float)[:, :3]


def _doubled(pieces: Sequence[manifold3d.Manifold], asset: Asset) -> Iterator[str]:
    """No piece is there twice."""
    volumes = np.array([piece.volume() for piece in pieces])
    low, high = _boxes(pieces)
    big = volumes > LEAST_PIECE * np.abs(volumes).sum()
    least = DUPLICATE_OVERLAP
    similar = np.minimum.outer(volumes, volumes) >= least * np.maximum.outer(volumes, volumes)
    common = np.prod(np.maximum(np.minimum(high[:, None], high) - np.maximum(low[:, None], low), 0), axis=2)
    overlapping = common >= least * np.maximum.outer(np.prod(high - low, axis=1), np.prod(high - low, axis=1))
    for i, j in np.argwhere(np.triu(similar & overlapping & big & big[:, None], 1)):
        if _alike(pieces[i], pieces[j]) >= least or _copied(pieces[i], pieces[j]):
            yield f"a piece of {_cm(high[i] - low[i])} is there twice"


def _alike(a: manifold3d.Manifold, b: manifold3d.Manifold) -> float:
    """Share of their common volume that two solids share."""
    shared = (a ^ b).volume()
    return float(shared / (a.volume() + b.volume() - shared))


def _copied(a: manifold3d.Manifold, b: manifold3d.Manifold) -> bool:
    """Whether two pieces fill the same place and have the same size: the two walls of a cup do not."""
    around, other = a.hull(), b.hull()
    sizes = [sorted((a.volume(), b.volume())), sorted((around.volume(), other.volume()))]
    return all(less >= SAME_SIZE * more for less, more in sizes) and _alike(around, other) >= DUPLICATE_OVERLAP


def _boxes(pieces: Sequence[manifold3d.Manifold]) -> tuple[Array, Array]:
    boxes = np.array([piece.bounding_box() for piece in pieces])
    return boxes[:, :3], boxes[:, 3:]


def _cm(size: Array) -> str:
    return " x ".join(f"{100 * value:.1f}" for value in size) + " cm"
