"""Open boxes: box, cardboard box, bin, sink basin."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import Finish, finish
from gen3d_bench.worldgen.procedural.geometry import Array, box, lathe, rotation, rounded_polygon, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS
from gen3d_bench.worldgen.procedural.patterns import label
from gen3d_bench.worldgen.procedural.shapes import box_between, hull_box, rect_vessel
from gen3d_bench.worldgen.procedural.solids import drum, joined, slab
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec

HOLE = Material((0.06, 0.06, 0.07), roughness=0.6)


def _trimmed(made: Finish, width: float, depth: float, height: float) -> Surface:
    """A band around the rim of a rectangular box, a shade darker."""
    outline = rounded_polygon(width, depth, 0.005, 4)
    path = np.column_stack([outline, np.full(len(outline), height - 0.003)])
    return sweep(path, 0.0030, made.plain(0.82), sides=8, closed=True)


def open_box(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A sturdy open box about 13 x 11 x 5.5 cm; in wood it is a crate with a handle hole at each end."""
    made = finish(spec, rng, ("wood", "cardboard", "plastic"))
    width, depth, height = rng.uniform(0.124, 0.136), rng.uniform(0.104, 0.116), rng.uniform(0.048, 0.058)
    wall = 0.006 if made.kind == "wood" else 0.004
    body = rect_vessel((width, depth), (width, depth), height, wall, 0.004, made.look, radius=0.003)
    slots = []
    for sign in (-1.0, 1.0):
        slot = box((0.0016, 0.030, 0.011), HOLE, radius=0.0007)
        slots.append(slot.moved((sign * width / 2, 0.0, 0.60 * height)))
    surfaces = (body.surface, _trimmed(made, width, depth, height), joined(*slots))
    return ObjectModel(surfaces, body.parts, made.props.density, made.props.friction, hollow=True)


def _flap(length: float, reach: float, look: Material) -> Surface:
    """A panel of board hinged at the origin along Y, reaching out along +X."""
    return box((reach, length, 0.0022), look, radius=0.0008).moved((reach / 2, 0.0, -0.0011))


def cardboard_box(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A carton about 13 x 10 x 5.5 cm with its four flaps folded open and tape along the seams."""
    asked = Spec(spec.prompt, spec.family, spec.color, spec.material or "cardboard", spec.words)
    made = finish(asked, rng, ("cardboard",))
    width, depth, height = rng.uniform(0.118, 0.130), rng.uniform(0.096, 0.108), rng.uniform(0.050, 0.058)
    body = rect_vessel((width, depth), (width, depth), height, 0.0032, 0.0032, made.look, radius=0.0012)
    flaps, parts = [], []
    for turn, length, edge in ((0, depth, width), (2, depth, width), (1, width, depth), (3, width, depth)):
        tilt = rng.uniform(0.15, 0.55)
        panel = (
            _flap(length - 0.004, 0.034, made.look)
            .turned(rotation("y", -tilt))
            .moved((edge / 2 - 0.001, 0.0, height - 0.0015))
        )
        panel = panel.turned(rotation("z", turn * np.pi / 2))
        flaps.append(panel)
        parts.append(_corners(panel.vertices))
    tape = Material((0.83, 0.72, 0.50), roughness=0.35)
    strips = [
        box((0.0010, 0.018, 0.6 * height), tape, radius=0.0004).moved((sign * (width / 2), 0.0, 0.0004))
        for sign in (-1, 1)
    ]
    marks = _carton_marks(width, depth, height)
    return ObjectModel(
        (body.surface, joined(*flaps), joined(*strips), marks),
        (*body.parts, *parts),
        made.props.density,
        made.props.friction,
        hollow=True,
    )


def _corners(points: Array) -> Array:
    """The extreme points of a small panel along even directions: its convex part, well under the vertex limit."""
    signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 0.3, 1)], float)
    return np.unique(points[np.argmax(points @ signs.T, axis=0)], axis=0)


def _carton_marks(width: float, depth: float, height: float) -> Surface:
    """The two "this side up" arrows printed on the long sides."""
    ink = Material((0.25, 0.17, 0.11), roughness=0.9)
    marks = []
    for sign in (-1.0, 1.0):
        for x in (-0.30 * width, -0.19 * width):
            bar = box((0.0030, 0.0008, 0.014), ink, radius=0.0003).moved((x, sign * depth / 2, 0.30 * height))
            tip = lathe([[0.0, 0.0], [0.0058, 0.0], [0.0, 0.007]], ink, 4).scaled((1.0, 0.07, 1.0))
            marks += [bar, tip.moved((x, sign * depth / 2, 0.30 * height + 0.013))]
    return joined(*marks)


def plastic_bin(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A storage bin about 14 x 11.5 x 6 cm that flares to a flanged rim, ribbed below, with grips at its ends."""
    made = finish(spec, rng, ("plastic",))
    width, depth, height = rng.uniform(0.126, 0.136), rng.uniform(0.104, 0.114), rng.uniform(0.054, 0.062)
    base = (0.84 * width, 0.82 * depth)
    body = rect_vessel(base, (width, depth), height, 0.0034, 0.004, made.look, radius=0.014, rim=0.005)
    ribs = []
    for sign in (-1.0, 1.0):
        for x in np.linspace(-0.28, 0.28, 5) * width:
            low, high = base[1] / 2, depth / 2
            path = np.array(
                [[x, sign * (low + 0.1 * (high - low)), 0.006], [x, sign * (low + 0.85 * (high - low)), 0.85 * height]]
            )
            ribs.append(sweep(path, 0.0022, made.plain(0.94), sides=8))
    card: Rgb = (0.94, 0.93, 0.90) if sum(made.color) < 2.4 else (0.30, 0.42, 0.58)
    text = label("STORAGE", card, (0.15, 0.15, 0.17) if sum(card) > 1.5 else (0.95, 0.95, 0.95), (80, 240), fill=0.86)
    tilt = np.arctan2((depth - base[1]) / 2, height)
    plate = slab((0.074, 0.0012, 0.024), (0.0, 0.0, 0.0), Material(texture=text, roughness=0.7))
    front = plate.turned(rotation("x", tilt)).moved((0.0, -(base[1] + depth) / 4 - 0.0022, 0.5 * height))
    back = front.turned(np.diag([-1.0, -1.0, 1.0]))
    surfaces = (body.surface, joined(*ribs), joined(front, back))
    return ObjectModel(surfaces, body.parts, made.props.density, made.props.friction, hollow=True)


def sink_basin(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A kitchen sink about 16 x 14 x 6 cm: steel or glazed, wide rim, drain in its floor, a small tap at the back."""
    made = finish(spec, rng, ("steel", "porcelain"))
    width, depth, height = rng.uniform(0.132, 0.142), rng.uniform(0.110, 0.118), rng.uniform(0.050, 0.058)
    body = rect_vessel(
        (0.88 * width, 0.88 * depth), (width, depth), height, 0.0034, 0.0045, made.look, radius=0.022, rim=0.010
    )
    steel = MATERIALS["steel"].material((0.80, 0.81, 0.82))
    drain = lathe(
        [[0.0, 0.0], [0.011, 0.0], [0.011, 0.0012], [0.0085, 0.0012], [0.0075, 0.0004], [0.0, 0.0004]], steel, 32
    )
    drain = drain.moved((0.0, 0.0, 0.0042))
    turn = 2 * np.pi * np.arange(6) / 6
    holes = [drum(0.0014, 0.0, 0.0005, HOLE, 10).moved((0.0042 * np.cos(a), 0.0042 * np.sin(a), 0.0045)) for a in turn]
    back = depth / 2 + 0.004
    t = np.linspace(0.0, np.pi, 10)
    bend = np.column_stack([np.zeros(10), back - 0.009 + 0.009 * np.cos(t), height + 0.020 + 0.011 * np.sin(t)])
    path = np.vstack(
        [[0.0, back, height - 0.002], [0.0, back, height + 0.010], bend, [0.0, back - 0.018, height + 0.014]]
    )
    spout = sweep(path, 0.0034, steel, sides=12)
    collar = drum(0.0058, 0.0, 0.004, steel).moved((0.0, back, height - 0.0005))
    levers = [
        sweep([[x, back, height], [x, back, height + 0.008], [1.35 * x, back, height + 0.010]], 0.0026, steel, sides=8)
        for x in (-0.016, 0.016)
    ]
    tap = joined(spout, collar, *levers)
    parts = (
        *body.parts,
        box_between((-0.005, back - 0.005, height), (0.005, back + 0.005, height + 0.03)),
        hull_box(spout),
    )
    return ObjectModel(
        (body.surface, drain, joined(*holes), tap), parts, made.props.density, made.props.friction, hollow=True
    )


_BOXY = frozenset({"rectangular"})

FAMILIES: tuple[Family, ...] = (
    Family("box", open_box, ("box", "crate", "wooden box"), own=_BOXY),
    Family("cardboard_box", cardboard_box, ("cardboard box", "carton", "shipping box"), own=_BOXY),
    Family("bin", plastic_bin, ("bin", "plastic bin", "storage bin", "tote"), own=_BOXY | {"tapered"}),
    Family("sink_basin", sink_basin, ("sink basin", "sink", "basin", "wash basin"), own=_BOXY),
)
