"""Materials of foreign meshes, turned into paints: textures bounded, colours of vertices kept as a palette."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.worldgen.interchange.shape import Array, Indices, Paint

if TYPE_CHECKING:
    from trimesh.visual.material import PBRMaterial

MOST_METALLIC = 0.6
"""Metal shows its surroundings, and here there is little to show: what is all metal would be black."""
SEE_THROUGH = 0.98
"""Opacity from which a surface counts as opaque."""


def paint_of(material: Any) -> Paint:
    """The paint of one of trimesh's materials."""
    from trimesh.visual.material import PBRMaterial

    pbr: PBRMaterial = material if isinstance(material, PBRMaterial) else material.to_pbr()
    base = _floats(pbr.baseColorFactor, (1.0, 1.0, 1.0, 1.0))
    rough_metal = _picture(pbr.metallicRoughnessTexture)
    texture = _picture(pbr.baseColorTexture)
    glow = _floats(pbr.emissiveFactor, (0.0, 0.0, 0.0)) if pbr.emissiveTexture is None else (0.0, 0.0, 0.0)
    if texture is None and not any(base[:3]) and any(glow):  # colours with light and shadow baked in: lit here instead
        base, glow = (*glow, base[3]), (0.0, 0.0, 0.0)
    # What a file leaves out is 1 by the standard; exporters that leave it out mean no metal.
    metallic = pbr.metallicFactor if pbr.metallicFactor is not None else (0.0 if rough_metal is None else 1.0)
    alpha = str(pbr.alphaMode or "OPAQUE")
    if texture is not None and texture.mode == "RGBA" and (alpha == "OPAQUE" or _opaque(texture)):
        texture, alpha = texture.convert("RGB"), "OPAQUE" if base[3] > SEE_THROUGH else alpha
    if alpha == "OPAQUE" or (texture is None and base[3] > SEE_THROUGH):
        base, alpha = (*base[:3], 1.0), "OPAQUE"
    roughness = 1.0 if pbr.roughnessFactor is None else float(pbr.roughnessFactor)
    return Paint((base[0], base[1], base[2], base[3]), texture, float(np.clip(roughness, 0.0, 1.0)),
                 float(np.clip(metallic, 0.0, MOST_METALLIC)), rough_metal, (glow[0], glow[1], glow[2]), alpha)


def _floats(value: Any, default: tuple[float, ...]) -> tuple[float, ...]:
    """A colour factor as floats; trimesh keeps base colours as bytes."""
    if value is None:
        return default
    numbers = np.asarray(value)
    scaled = numbers / 255.0 if numbers.dtype == np.uint8 else numbers.astype(float)
    return tuple(float(v) for v in np.clip(np.nan_to_num(scaled.reshape(-1)[: len(default)]), 0.0, 1.0))


def _picture(image: Image.Image | None) -> Image.Image | None:
    """As RGB or RGBA.  Raises OSError, ValueError or SyntaxError where its data is damaged."""
    if image is None:
        return None
    clear = "A" in image.getbands() or "transparency" in image.info
    if image.mode.startswith("I"):  # 16 bits per channel, which Pillow would clip
        image = Image.fromarray(np.asarray(np.asarray(image, np.int64) >> 8, np.uint8))
    return image.convert("RGBA" if clear else "RGB")


def _opaque(image: Image.Image) -> bool:
    return int(np.asarray(image.getchannel("A")).min()) >= round(255 * SEE_THROUGH)


def bounded(paint: Paint, side: int) -> tuple[Paint, tuple[int, int] | None]:
    """(paint with pictures of at most `side` pixels either way, size of the texture before if it was larger)."""

    def shrunk(image: Image.Image | None) -> Image.Image | None:
        if image is None or max(image.size) <= side:
            return image
        factor = side / max(image.size)
        width, height = (max(1, round(n * factor)) for n in image.size)
        return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)

    before = paint.texture.size if paint.texture is not None and max(paint.texture.size) > side else None
    return replace(paint, texture=shrunk(paint.texture), rough_metal=shrunk(paint.rough_metal)), before


def palette(colors: NDArray[np.uint8], opacity: float = 1.0) -> tuple[Paint, Array]:
    """(paint, uv [F, 3, 2]) that give each face its own colour [F, 3], sRGB: one texel for each colour that occurs."""
    shades, which = np.unique(colors, axis=0, return_inverse=True)
    side = int(np.ceil(np.sqrt(len(shades))))
    texels = np.zeros((side * side, 3), np.uint8)
    texels[: len(shades)] = shades
    row, column = np.divmod(np.asarray(which, np.int64).reshape(-1), side)
    uv = np.column_stack([(column + 0.5) / side, 1.0 - (row + 0.5) / side])
    image = Image.fromarray(texels.reshape(side, side, 3))
    return Paint((1.0, 1.0, 1.0, opacity), image), np.repeat(uv[:, None], 3, axis=1)


def face_colors(visual: Any, faces: Indices) -> NDArray[np.uint8]:
    """[F, 3] sRGB: the given colour of each face, or the mean over its corners."""
    if visual.kind == "face":
        return np.asarray(visual.face_colors, np.uint8)[:, :3]
    corners = np.asarray(visual.vertex_colors, np.uint8)[:, :3][faces]
    # Few shades, so that the palette stays a small picture.
    return np.asarray(np.round(corners.mean(axis=1) / 4) * 4, np.float64).clip(0, 255).astype(np.uint8)
