"""From "small red wicker basket" to a `Spec`: a head noun, a colour, a material and what is left."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.palette import COLORS, shade
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec

MATERIAL_WORDS: Mapping[str, str] = MappingProxyType({
    "ceramic": "ceramic", "stoneware": "ceramic", "earthenware": "clay", "porcelain": "porcelain", "china": "porcelain",
    "clay": "clay", "terracotta": "clay", "glass": "glass", "crystal": "glass", "metal": "metal", "metallic": "metal",
    "tin": "metal", "aluminum": "metal", "aluminium": "metal", "iron": "metal", "copper": "metal", "brass": "metal",
    "enamel": "metal", "steel": "steel", "stainless": "steel", "chrome": "steel", "plastic": "plastic",
    "silicone": "rubber", "rubber": "rubber", "wood": "wood", "wooden": "wood", "bamboo": "wood", "oak": "wood",
    "walnut": "wood", "wicker": "wicker", "woven": "wicker", "rattan": "wicker", "straw": "wicker", "willow": "wicker",
    "fabric": "fabric", "cloth": "fabric", "cotton": "fabric", "linen": "fabric", "paper": "paper",
    "cardboard": "cardboard", "foam": "foam", "leather": "leather",
})
"""Words for materials -> keys of `palette.MATERIALS`."""

METAL_TINTS: Mapping[str, Rgb] = MappingProxyType(
    {
        "copper": (0.80, 0.48, 0.34),
        "brass": (0.82, 0.66, 0.32),
        "iron": (0.24, 0.24, 0.25),
        "terracotta": (0.74, 0.40, 0.26),
    }
)
"""Materials whose name is a colour too."""

SHADES: Mapping[str, float] = MappingProxyType({"light": 1.45, "pale": 1.55, "dark": 0.62, "deep": 0.72})
"""Words before a colour -> factor for `palette.shade`."""

PLACES: Mapping[str, str] = MappingProxyType({
    "table": "table", "desk": "table", "countertop": "table", "workbench": "table",
    "room": "room", "kitchen": "room", "office": "room", "bedroom": "room", "studio": "room", "classroom": "room",
    "workshop": "room", "garage": "room", "library": "room", "laboratory": "room", "lab": "room", "lounge": "room",
    "cafe": "room", "restaurant": "room", "nursery": "room", "background": "room", "interior": "room",
})
"""Nouns that name a table or a room instead of a thing on the table."""

_IRREGULAR = MappingProxyType({"knives": "knife", "dishes": "dish", "boxes": "box", "mice": "mouse", "brushes": "brush",
                               "strawberries": "strawberry", "glasses": "glass", "loaves": "loaf", "leaves": "leaf"})
_SINGULAR_S = frozenset({"glass", "chess", "brass", "stainless", "canvas"})
_ARTICLES = frozenset({"a", "an", "the", "some", "one"})
_LINKS = frozenset({"of", "with", "for", "from", "without", "having", "made"})


class UnknownObjectError(ValueError):
    """A prompt names a thing that no shape family makes."""


def tokens(prompt: str) -> tuple[str, ...]:
    """Lower-case words, hyphens opened, articles dropped, plurals made singular.

    >>> tokens("The (white) Ping-Pong balls")
    ('white', 'ping', 'pong', 'ball')
    """
    words = re.findall(r"[a-z0-9]+", prompt.lower().replace("'s", ""))
    return tuple(_singular(w) for w in words if w not in _ARTICLES)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SINGULAR_S or word.endswith(("ss", "is", "us")) or len(word) < 4:
        return word
    if word.endswith("oes"):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def parse(prompt: str, nouns: Mapping[str, str]) -> Spec:
    """What a prompt asks for.

    nouns: phrase (of `tokens`, joined by blanks) -> family.  The head of a noun phrase ends it, so the longest known
    phrase at the end wins ("mouse pad" is no mouse); words after "of", "with", "for" describe, as those before it do.
    Raises UnknownObjectError naming the word and the nearest known nouns.
    """
    said = tokens(prompt)
    link = next((i for i, w in enumerate(said) if w in _LINKS and i > 0), len(said))
    head, tail = said[:link], said[link:]
    known = {**PLACES, **nouns}
    for start in range(len(head)):
        phrase = " ".join(head[start:])
        if phrase in known:
            family = known[phrase]
            own = () if phrase == family.replace("_", " ") else head[start:]  # "orange" is a thing, not a colour
            color, material, words = describe((*head[:start], *own, *tail))
            return Spec(prompt, family, color, material, words)
    raise UnknownObjectError(_complaint(prompt, head, known))


def describe(words: Iterable[str]) -> tuple[Rgb | None, str | None, frozenset[str]]:
    """(colour, material, remaining words) of describing words; the first colour and the first material count."""
    color: Rgb | None = None
    material: str | None = None
    rest: list[str] = []
    factor = 1.0
    for word in words:
        if word in SHADES:
            factor = SHADES[word]
            rest.append(word)
        elif word in COLORS and color is None:
            color = shade(COLORS[word], factor)
        elif word in MATERIAL_WORDS:
            material = material or MATERIAL_WORDS[word]
            rest.append(word)
        elif word not in _LINKS:
            rest.append(word)
    if color is None:
        color = next((METAL_TINTS[w] for w in rest if w in METAL_TINTS), None)
    return color, material, frozenset(rest)


def _complaint(prompt: str, head: tuple[str, ...], known: Mapping[str, str]) -> str:
    if not head:
        return f"the prompt {prompt!r} names no object; write a thing, such as 'red cup'"
    near = difflib.get_close_matches(" ".join(head[-2:]), known, n=3, cutoff=0.6)
    near += [w for w in difflib.get_close_matches(head[-1], known, n=4, cutoff=0.5) if w not in near]
    hint = f"nearest known: {', '.join(near[:4])}" if near else f"known: {', '.join(sorted(set(known.values())))}"
    return f"no shape family makes {head[-1]!r} (in {prompt!r}); {hint}"
