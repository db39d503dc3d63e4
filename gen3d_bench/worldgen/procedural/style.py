"""Finishes, patterns and materials that descriptions ask for, painted on any model: "matte", "striped", "brushed"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.procedural.finish import METALS, surface_texture
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import COLORS, MATERIALS, shade
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import Field, Texture, coordinates, mix, noise, to_texture, value_noise

SIZE = 256
"""Side of the textures painted here, in pixels."""
PITCH_M = 0.016
"""About how far apart stripes, dots and squares are."""
GRAIN_M = 0.003
"""About the size of the bumps of rough and textured surfaces."""
RIM_WORDS = ("rim", "edge", "lip", "border", "trim", "edging")
NATURAL = frozenset(
    {"apple", "pear", "orange", "tomato", "lemon", "lime", "potato", "onion", "strawberry", "banana", "carrot",
     "cucumber", "broccoli", "mushroom", "egg"}
)  # fmt: skip
"""Families of things that grow: they have no rims, and no material but their own."""


@dataclass(frozen=True)
class FinishLook:
    """roughness: of every surface.  metallic: at least so, of the main one.  relief: depth of its grain, 0 to 1.

    hairlines: depth of the fine parallel scratches of brushed metal.
    """

    roughness: float
    metallic: float = 0.0
    relief: float = 0.0
    hairlines: float = 0.0


FINISHES: Mapping[str, FinishLook] = MappingProxyType(
    {
        "matte": FinishLook(0.95),
        "satin": FinishLook(0.45),
        "glossy": FinishLook(0.14),
        "polished": FinishLook(0.07),
        "brushed": FinishLook(0.38, 0.55, hairlines=0.2),
        "metallic": FinishLook(0.30, 0.70),
        "textured": FinishLook(0.82, relief=0.55),
        "rough": FinishLook(0.97, relief=0.9),
        "clear": FinishLook(0.05),
        "frosted": FinishLook(0.80),
    }
)
"""Looks of finishes by the keys of `vocabulary.FINISH_WORDS`."""
PATTERNS = frozenset({"plain", "striped", "dotted", "checkered", "speckled", "banded", "floral"})
"""Keys of `vocabulary.PATTERN_WORDS`, all of which can be painted."""


def intended(spec: Spec) -> Spec:
    """A description with what its words imply: what is clear is of glass, what is golden or silver is of metal.

    Two colours without a pattern or a part that wears the second mean bands: "orange and white cup".
    """
    if len(spec.colors) > 1 and spec.pattern is None and all(part.color is None for part in spec.parts):
        spec = replace(spec, pattern="banded")
    if spec.material is None and "clear" in spec.finishes:
        return replace(spec, material="glass")
    shiny = (COLORS["silver"], COLORS["gold"])
    if spec.material is None and (spec.color in shiny or {"brushed", "metallic"} & {*spec.finishes}):
        return replace(spec, material="metal")
    return spec


def styled(model: ObjectModel, spec: Spec, own: frozenset[str], rng: np.random.Generator) -> ObjectModel:
    """The model in the material, pattern and finish that its description asks for.

    own: patterns that its family has seen to.
    """
    surfaces = list(model.surfaces)
    main = int(np.argmax([_area(s) for s in surfaces]))
    material = None if spec.family in NATURAL else spec.material
    if material is not None and not any(_is_of(s.material, material) for s in surfaces):
        surfaces[main] = _of_material(surfaces[main], spec, rng)
    if spec.pattern is not None and spec.pattern != "plain" and spec.pattern not in own:
        surfaces[main] = _patterned(surfaces[main], spec, rng)
    rim = spec.part(*RIM_WORDS)
    if rim is not None and rim.color is not None:
        surfaces[main] = _rimmed(surfaces[main], rim.color)
    if spec.finishes:
        look = _together([FINISHES[name] for name in spec.finishes])
        surfaces = [s.painted(replace(s.material, roughness=look.roughness)) for s in surfaces]
        surfaces[main] = _finished(surfaces[main], look, rng)
    return replace(model, surfaces=tuple(surfaces))


def _together(looks: Sequence[FinishLook]) -> FinishLook:
    """Several finishes on one thing ("matte, slightly textured"): as rough as the first says, everything else added."""
    return FinishLook(looks[0].roughness, max(x.metallic for x in looks), max(x.relief for x in looks),
                      max(x.hairlines for x in looks))


def _is_of(look: Material, material: str) -> bool:
    """True if a surface has the shine of a material: then its family knew what to do."""
    props = MATERIALS[material]
    return (look.roughness, look.metallic) == (props.roughness, props.metallic)


def _area(surface: Surface) -> float:
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def _texture(material: Material) -> Field:
    """[SIZE, SIZE, 3] sRGB of a material, whatever the size of its texture."""
    if material.texture is None:
        return np.ones((SIZE, SIZE, 3)) * material.base_color
    step = np.arange(SIZE)
    rows, columns = (step * n // SIZE for n in material.texture.shape[:2])
    return np.asarray(material.texture[np.ix_(rows, columns)] / 255.0 * np.asarray(material.base_color))


def _painted(surface: Surface, texture: Texture, **changes: float) -> Surface:
    look = replace(surface.material, base_color=(1.0, 1.0, 1.0), texture=texture)
    return surface.painted(replace(look, **changes))  # type: ignore[arg-type]


def _of_material(surface: Surface, spec: Spec, rng: np.random.Generator) -> Surface:
    """A surface given the shine of another material, and its grain where that is what one knows it by."""
    props = MATERIALS[str(spec.material)]
    shine = {"roughness": props.roughness, "metallic": props.metallic}
    if spec.material not in {"wood", "stone", "wicker", "leather", *METALS}:
        return surface.painted(replace(surface.material, **shine))  # type: ignore[arg-type]
    mean = _texture(surface.material).mean(axis=(0, 1))
    own = props.tints[int(rng.integers(len(props.tints)))]
    color: Rgb = own if spec.color is None else (float(mean[0]), float(mean[1]), float(mean[2]))
    return _painted(surface, surface_texture(str(spec.material), color, rng), **shine)


def _spans(surface: Surface) -> tuple[float, float]:
    """Metres that one repeat of the texture covers along u and along v, on average."""
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    ta, tb, tc = (surface.uv[surface.faces[:, k]] for k in range(3))
    (du1, dv1), (du2, dv2) = (tb - ta).T, (tc - ta).T
    area = du1 * dv2 - du2 * dv1
    good = np.abs(area) > 1e-12
    if not good.any():
        return 0.1, 0.1
    inverse = 1.0 / area[good, None]
    along_u = (dv2[good, None] * (b - a)[good] - dv1[good, None] * (c - a)[good]) * inverse
    along_v = (du1[good, None] * (c - a)[good] - du2[good, None] * (b - a)[good]) * inverse
    weight = np.linalg.norm(np.cross((b - a)[good], (c - a)[good]), axis=1)
    u, v = (float(np.average(np.linalg.norm(d, axis=1), weights=weight)) for d in (along_u, along_v))
    return u, v


def accent_of(spec: Spec, base: Rgb) -> Rgb:
    """The second colour of a pattern: the one asked for, or one that stands out from the first."""
    if spec.accents:
        return spec.accents[0]
    return (0.95, 0.94, 0.90) if sum(base) < 1.7 else shade(base, 0.5)


def _patterned(surface: Surface, spec: Spec, rng: np.random.Generator) -> Surface:
    base = _texture(surface.material)
    r, g, b = base.mean(axis=(0, 1))
    second = accent_of(spec, (float(r), float(g), float(b)))
    wide, high = _spans(surface)
    count_u, count_v = (max(2, 2 * round(span / PITCH_M / 2)) for span in (wide, high))
    mask = _mask(str(spec.pattern), count_u, count_v, rng)
    return _painted(surface, to_texture(mix(base, second, mask)))


def _mask(pattern: str, across: int, up: int, rng: np.random.Generator) -> Field:
    """[SIZE, SIZE] where a pattern's second colour goes, with so many repeats across and up the texture."""
    u, rows = coordinates((SIZE, SIZE))
    v = 1.0 - rows
    x, y = u * across + 0 * v, v * up + 0 * u
    shifted = x + 0.5 * (np.floor(y) % 2)
    if pattern == "striped":
        return (y % 1.0 < 0.45).astype(float)
    if pattern == "checkered":
        return (np.floor(x) + np.floor(y)) % 2
    if pattern == "banded":
        return ((np.abs(v - 0.33) < 0.05) + 0 * u).astype(float)
    if pattern == "speckled":
        field = value_noise(rng, (SIZE, SIZE), (64, 64)) * value_noise(rng, (SIZE, SIZE), (37, 37))
        return np.asarray(np.clip((field - np.quantile(field, 0.93)) * 14, 0, 0.9))
    from_x, from_y = shifted % 1.0 - 0.5, y % 1.0 - 0.5
    distance = np.hypot(from_x, from_y)
    if pattern == "floral":
        petals = 0.16 + 0.17 * np.abs(np.cos(2.5 * np.arctan2(from_y, from_x)))
        return ((distance < petals) & (distance > 0.07)).astype(float)
    return (distance < 0.27).astype(float)


def _rimmed(surface: Surface, color: Rgb) -> Surface:
    """A surface whose uppermost edge has another colour: a band of v, as lathed and lofted walls have it."""
    z = surface.vertices[:, 2]
    depth = max(0.0022, 0.055 * float(np.ptp(z)))
    v = surface.uv[z > z.max() - depth, 1]
    rows = 1.0 - (np.arange(SIZE) + 0.5) / SIZE
    band = ((rows >= v.min() - 0.012) & (rows <= v.max() + 0.012)).astype(float)[:, None] * np.ones((1, SIZE))
    return _painted(surface, to_texture(mix(_texture(surface.material), color, band)))


def _finished(surface: Surface, look: FinishLook, rng: np.random.Generator) -> Surface:
    light = np.ones((SIZE, SIZE))
    if look.relief > 0:
        wide, high = _spans(surface)
        across, up = (int(np.clip(span / GRAIN_M, 8, 120)) for span in (wide, high))
        height = noise(rng, (SIZE, SIZE), (up, across), 2)
        light = light + look.relief * (height - np.roll(height, (2, 2), (0, 1)))
    if look.hairlines > 0:
        light = light + look.hairlines * (value_noise(rng, (SIZE, SIZE), (128, 3)) - 0.5)
    metallic = max(look.metallic, surface.material.metallic)
    if look.relief == look.hairlines == 0:
        return surface.painted(replace(surface.material, metallic=metallic))
    return _painted(surface, to_texture(_texture(surface.material) * light[..., None]), metallic=metallic)
