"""Round things that hold others: container, jar, pen holder, utensil holder, bucket, basket."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.families.plates import GLAZES, accent
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import METALS, banded, dotted, finish, part_look, undecorated
from gen3d_bench.worldgen.procedural.geometry import box, rotation, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel
from gen3d_bench.worldgen.procedural.palette import pick, shade
from gen3d_bench.worldgen.procedural.patterns import label
from gen3d_bench.worldgen.procedural.shapes import Line, arch, hull_box, rect_vessel, vessel
from gen3d_bench.worldgen.procedural.solids import joined
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import Texture, to_texture


def circle(radius: float, z: float, n: int = 40) -> np.ndarray:
    """[n, 3] points of a level circle."""
    turn = 2 * np.pi * np.arange(n) / n
    return np.column_stack([radius * np.cos(turn), radius * np.sin(turn), np.full(n, z)])


def printed(texture: Texture, text: str, paper: Rgb | None, ink: Rgb, v_range: tuple[float, float], copies: int = 3,
            size: int = 256) -> Texture:
    """[size, size, 3] a texture with a word printed `copies` times around a band of v, on paper or as it is."""
    step = np.arange(size) * texture.shape[0] // size
    image = texture[np.ix_(step, step)].copy()
    top, bottom = round((1 - v_range[1]) * size), round((1 - v_range[0]) * size)
    width = size // copies
    across = width - width // 8
    share = label(text, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (bottom - top, across), fill=0.8) / 255.0
    for k in range(copies):
        left = k * width + width // 16
        place = (slice(top, bottom), slice(left, left + across))
        under = image[place] / 255.0 if paper is None else np.asarray(paper)
        image[place] = to_texture(under * (1.0 - share) + np.asarray(ink) * share)
    return image


def contrast(color: Rgb) -> Rgb:
    """Ink or paper that can be read on a colour."""
    return (0.95, 0.94, 0.90) if sum(color) < 1.5 else (0.16, 0.16, 0.18)


def container(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A round food container, 104-116 mm across and 50-60 mm tall: a labelled tub with a collar for its lid."""
    made = finish(spec, rng, ("plastic", "plastic", "ceramic", "metal"))
    radius, height = rng.uniform(0.052, 0.058), rng.uniform(0.050, 0.060)
    line = [(0.95 * radius, 0.0), (0.97 * radius, 0.003), (radius, 0.74 * height), (radius, height - 0.001)]
    look = made.look
    if look.texture is not None and not undecorated(spec):
        text = pick(rng, ("FLOUR", "RICE", "OATS", "SNACKS"))
        paper: Rgb = (0.93, 0.92, 0.88) if sum(made.color) < 2.3 else shade(made.color, 0.62)
        look = made.textured(printed(look.texture, text, paper, contrast(paper), (0.22, 0.38)))
    body = vessel(line, 0.0035, 0.004, look, segments=64)
    collar = part_look(spec, ("lid", "collar", "ring", "cap", "top"), made.plain(0.78))
    rings = [sweep(circle(radius + 0.0004, z * height), 0.0016, collar, sides=8, closed=True) for z in (0.78, 0.94)]
    lugs = [box((0.0036, 0.018, 0.15 * height), collar, radius=0.001).moved((radius + 0.0012, 0.0, 0.78 * height))
            .turned(rotation("z", turn * np.pi / 2)) for turn in range(4)]
    return ObjectModel((body.surface, joined(*rings, *lugs)), body.parts, made.props.density, made.props.friction,
                       hollow=True)


def jar(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """An open jar, 88-96 mm across the belly with a shoulder, a threaded neck and a label, 64-70 mm tall."""
    made = finish(spec, rng, ("glass", "ceramic"), GLAZES)
    belly, height = rng.uniform(0.0455, 0.0485), rng.uniform(0.064, 0.070)
    part = spec.part("neck", "mouth", "opening", "top", "rim")
    said = frozenset() if part is None else part.words
    narrow, wide = bool(said & {"narrow", "slim", "slender", "small", "thin"}), bool(said & {"wide", "open", "large"})
    neck = belly * (0.62 if narrow else 0.95 if wide else rng.uniform(0.86, 0.90))
    high = 1.12 * height if narrow else height
    shoulder = 0.55 * (belly + neck)
    line: Line = [(0.93 * belly, 0.0), (belly, 0.005), (belly, 0.56 * high), (0.5 * (belly + shoulder), 0.66 * high),
                  (neck, 0.77 * high), (neck, high - 0.001)]
    height = high
    look = made.look
    if look.texture is not None and not undecorated(spec):
        text = pick(rng, ("JAR", "COOKIES", "TEA", "SUGAR", "PASTA"))
        paper: Rgb = (0.90, 0.87, 0.79) if sum(made.color) < 1.5 else accent(made.color, spec, rng)
        look = made.textured(printed(look.texture, text, paper, contrast(paper), (0.29, 0.41)))
    body = vessel(line, 0.0034, 0.005, look)
    rings = joined(*(sweep(circle(neck + 0.0006, height * z), 0.0014, made.plain(1.12), sides=6, closed=True)
                     for z in (0.84, 0.90, 0.975)))
    return ObjectModel((body.surface, rings), body.parts, made.props.density, made.props.friction, hollow=True)


def _mesh_look(made_color: Rgb) -> Texture:
    """Wire mesh: a fine diamond grid of dark holes."""
    texture = np.full((8, 8, 3), [round(255 * c) for c in made_color], np.uint8)
    return dotted(texture, shade(made_color, 0.28), (32, 34), 0.36, (0.10, 0.96))


def pen_holder(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A desk cup for pens, 80-88 mm across and 66-70 mm tall: wire mesh, wood, or a printed tub; sometimes square."""
    made = finish(spec, rng, ("metal", "plastic", "wood"), ((0.20, 0.20, 0.22), (0.84, 0.84, 0.82), (0.22, 0.36, 0.58)))
    radius, height, square = rng.uniform(0.040, 0.044), rng.uniform(0.066, 0.070), rng.random() < 0.35
    look = made.look
    if made.kind in METALS:
        look = Material(texture=_mesh_look(made.color), roughness=0.5, metallic=0.2)
    elif look.texture is not None:  # one word for each side of a square one
        marked = printed(look.texture, "PENS", None, contrast(made.color), (0.22, 0.38), copies=4 if square else 3)
        look = made.textured(marked)
    if square:
        side = 2 * radius * 0.96
        tub = rect_vessel((side, side), (side, side), height, 0.0032, 0.004, look, radius=0.006)
        return ObjectModel((tub.surface,), tub.parts, 900.0, made.props.friction, hollow=True)
    body = vessel([(radius, 0.0), (radius, height - 0.001)], 0.0030, 0.004, look)
    hoops = joined(
        *(
            sweep(circle(radius - 0.0012, z), 0.0019, made.plain(0.9), sides=6, closed=True)
            for z in (0.003, height - 0.002)
        )
    )
    return ObjectModel((body.surface, hoops), body.parts, 900.0, made.props.friction, hollow=True)


def utensil_holder(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A kitchen crock, 92-100 mm across and 66-70 mm tall, marked UTENSILS."""
    made = finish(spec, rng, ("ceramic", "ceramic", "steel"), GLAZES)
    radius, height = rng.uniform(0.046, 0.050), rng.uniform(0.066, 0.070)
    line = [(0.93 * radius, 0.0), (radius, 0.005), (1.01 * radius, 0.5 * height), (0.985 * radius, height - 0.001)]
    look = made.look
    if look.texture is not None:
        marked = printed(look.texture, "UTENSILS", None, contrast(made.color), (0.24, 0.40))
        look = made.textured(banded(marked, contrast(made.color), ((0.46, 0.475),)))
    body = vessel(line, 0.0042, 0.006, look, lip=0.0014)
    return ObjectModel((body.surface,), body.parts, made.props.density, made.props.friction, hollow=True)


def bucket(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A pail, 124-134 mm across its rim and 64-70 mm tall, with its wire handle folded down on one side."""
    made = finish(spec, rng, ("plastic", "metal"))
    rim, height = rng.uniform(0.062, 0.067), rng.uniform(0.064, 0.070)
    line = [(0.72 * rim, 0.0), (0.73 * rim, 0.003), (rim, height - 0.001)]
    body = vessel(line, 0.0030, 0.004, made.look, lip=0.0026)
    hoop = sweep(circle(0.93 * rim, 0.68 * height), 0.0016, made.plain(0.85), sides=6, closed=True)
    t = np.linspace(0.0, np.pi, 25)
    reach = rim + 0.0030
    path = np.column_stack([reach * np.cos(t), -reach * np.sin(t), height - 0.007 - 0.026 * np.sin(t)])
    wire = sweep(path, 0.0013, Material((0.70, 0.71, 0.72), roughness=0.35, metallic=0.5), sides=6)
    grip_path = path[9:16]
    grip_look = part_look(spec, ("handle", "grip"), Material(contrast(made.color), roughness=0.6))
    grip = sweep(grip_path, 0.0036, grip_look, sides=8)
    return ObjectModel(
        (body.surface, hoop, wire, grip),
        (*body.parts, hull_box(grip)),
        made.props.density,
        made.props.friction,
        hollow=True,
    )


def basket(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A woven basket, 128-142 mm across and 50-60 mm deep, with a braided rim and two small handles."""
    made = finish(spec, rng, ("wicker",))
    rim, height = rng.uniform(0.064, 0.070), rng.uniform(0.050, 0.058)
    look, trim = made.look, made.plain(0.82)
    if made.kind == "plastic" and look.texture is not None:
        look = made.textured(dotted(look.texture, shade(made.color, 0.35), (24, 22), 0.30, (0.22, 0.9)))
    base = rim * rng.uniform(0.78, 0.88)
    line = [(base, 0.0), (base + 0.001, 0.004), (0.5 * (base + rim) + 0.003, 0.5 * height), (rim, height - 0.001)]
    body = vessel(line, 0.0055, 0.005, look, segments=64, staves=12)
    turn = np.arange(64)
    rope = np.where(turn % 2 == 0, 0.0046, 0.0036)
    braid = sweep(circle(rim - 0.0022, height - 0.001, 64), rope, trim, sides=8, closed=True, crease_deg=80)
    foot = sweep(circle(base - 0.002, 0.003, 48), 0.0030, trim, sides=6, closed=True)
    ear = arch(0.034, 0.014, 0.0028, trim, sides=8).turned(rotation("y", -np.pi / 2))
    front = ear.moved((0.0, rim - 0.002, height))
    back = front.turned(np.diag([-1.0, -1.0, 1.0]))
    ears = joined(front, back).painted(part_look(spec, ("handle",), trim))
    return ObjectModel(
        (body.surface, braid, foot, ears),
        (*body.parts, hull_box(front), hull_box(back)),
        made.props.density,
        made.props.friction,
        hollow=True,
    )


_NECKS = frozenset({"narrow", "slim", "slender", "small", "thin", "wide", "open", "large"})
_HANDLE = frozenset({"handle"})
_GRIPS = frozenset({"handle", "grip"})

FAMILIES: tuple[Family, ...] = (
    Family("container", container, ("container", "round container", "tub", "canister"), own=frozenset({"round"}),
           parts={"collar": frozenset(), "ring": frozenset()},
           painted=frozenset({"collar", "ring"})),
    Family("jar", jar, ("jar",), parts={"neck": _NECKS, "mouth": _NECKS, "opening": _NECKS, "label": frozenset()}),
    Family("pen_holder", pen_holder, ("pen holder", "pencil holder", "pen cup", "pencil cup")),
    Family("utensil_holder", utensil_holder, ("utensil holder", "utensil crock", "cutlery holder")),
    Family("bucket", bucket, ("bucket", "pail"),
           parts={"handle": frozenset({"wire", "metal", "carrying"}), "grip": frozenset()},
           painted=_GRIPS),
    Family("basket", basket, ("basket", "fruit basket"), own=frozenset({"round"}),
           parts={"handle": frozenset({"small", "two", "side"})},
           painted=_HANDLE),
)  # fmt: skip
