"""What things usually look like: colours, materials, finishes and details that go with each shape family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VIVID = ("red", "green", "blue", "yellow", "orange", "purple", "pink", "teal", "turquoise")
SOBER = ("black", "white", "gray", "dark blue", "red", "green", "blue", "brown")
GLAZES = ("white", "blue", "light blue", "green", "teal", "red", "yellow", "cream", "pink", "gray", "purple", "orange",
          "dark blue", "pale green")  # fmt: skip
FABRICS = ("red", "blue", "green", "yellow", "white", "orange", "purple", "pink", "light gray", "teal", "beige")
WHITES = ("white", "cream", "pale blue")

Skin = tuple[str, tuple[str, ...]]
"""A material ("" leaves it to the noun) and the colours it comes in; none: its own colour."""

_GLAZED: Skin = ("ceramic", GLAZES)
_PORCELAIN: Skin = ("porcelain", WHITES)
_PLASTIC: Skin = ("plastic", VIVID)


@dataclass(frozen=True)
class Look:
    """skins: materials with their colours, likelier ones repeated.  finishes, qualities, details: words that may be
    added ("glossy", "ripe", "with a round handle").  exotic: colours that it only has to be told from another ("purple
    carrot"): nobody expects them where none is named."""

    skins: tuple[Skin, ...]
    finishes: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    exotic: tuple[str, ...] = ()

    @property
    def colors(self) -> tuple[str, ...]:
        """Every colour that it comes in, once; exotic ones last."""
        return tuple(dict.fromkeys((*(color for _, colors in self.skins for color in colors), *self.exotic)))

    @property
    def materials(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(material for material, _ in self.skins if material))


def _produce(colors: str, qualities: str = "ripe fresh", finishes: str = "smooth", exotic: str = "") -> Look:
    """colors: the usual one first, which most have."""
    usual, *others = colors.split() or [""]
    skins = ((("", (usual,)),) * 3 if usual else (("", ()),)) + tuple(("", (color,)) for color in others)
    return Look(skins, tuple(finishes.split()), tuple(qualities.split()), exotic=tuple(exotic.split()))


_CROCKERY_FINISHES = ("glossy", "matte", "glazed", "smooth", "polished")
_RIMS = ("with a blue rim", "with a red rim", "with a green rim", "with a wide rim")
_CUTLERY = Look((("steel", ()), ("stainless steel", ()), ("steel", ()), ("wooden", ()), _PLASTIC),
                ("polished", "smooth"), ("simple", "elegant"))  # fmt: skip
_COOKWARE = Look((("steel", ()), ("ceramic", GLAZES), ("metal", ()), ("copper", ())), ("polished", "brushed", "matte"))
_WOVEN = Look((("wicker", ()), ("wicker", ()), ("plastic", VIVID)), ("rough", "textured"))
_TUBS = Look((("plastic", VIVID), ("metal", ()), ("ceramic", GLAZES), ("wooden", ())), ("matte", "smooth", "glossy"))
_CLOTHS = Look((("cotton", FABRICS), ("linen", FABRICS), ("", FABRICS)), ("textured",))
_WRITING = Look((("plastic", (*SOBER, *VIVID)),), ("glossy", "matte", "smooth"))
_BLOCKS = Look((("wooden", VIVID), ("plastic", VIVID), ("", VIVID)), ("matte", "glossy", "smooth"))

LOOKS: Mapping[str, Look] = MappingProxyType({
    "apple": _produce("red green yellow", "ripe fresh", "smooth shiny"),
    "pear": _produce("green yellow", exotic="red brown"),
    "orange": _produce("", "ripe fresh", "textured"),
    "tomato": _produce("red", exotic="yellow orange green"),
    "lemon": _produce("yellow", "ripe fresh", "textured"),
    "lime": _produce("green", "ripe fresh", "smooth"),
    "potato": _produce("brown yellow", "raw whole", "rough smooth", "red"),
    "onion": _produce("brown red yellow", "raw whole"),
    "strawberry": _produce("red", "ripe fresh", "textured", "pink white"),
    "banana": _produce("yellow", "ripe fresh", exotic="green"),
    "carrot": _produce("orange", "raw fresh", "smooth rough", "purple yellow white"),
    "cucumber": _produce("green", "raw fresh", "smooth textured", "yellow"),
    "broccoli": _produce("green", "raw fresh", "rough", "purple"),
    "mushroom": _produce("white brown beige", "raw fresh", "smooth"),
    "egg": _produce("white brown beige", "raw fresh", "smooth"),
    "plate": Look((_GLAZED, _GLAZED, _PORCELAIN, _PLASTIC), _CROCKERY_FINISHES, ("simple",), _RIMS),
    "saucer": Look((_GLAZED, _PORCELAIN), _CROCKERY_FINISHES, ("simple",), _RIMS),
    "dish": Look((_GLAZED, _GLAZED, _PORCELAIN, ("steel", ())), _CROCKERY_FINISHES, ("simple",), _RIMS[:3]),
    "tray": Look((("wooden", ()), ("metal", ()), ("plastic", (*VIVID, *SOBER))), ("smooth", "polished", "matte"),
                 ("simple",)),
    "cup": Look((_GLAZED, _GLAZED, _PLASTIC), _CROCKERY_FINISHES, (), ("with a round handle", "with a thin handle")),
    "teacup": Look((_PORCELAIN, _GLAZED), _CROCKERY_FINISHES, ("delicate",), ("with a thin handle", "with a gold rim")),
    "mug": Look((_GLAZED,), _CROCKERY_FINISHES, (), ("with a thick handle", "with a round handle", "with a white rim")),
    "glass": Look((("", ()), ("", ("light blue", "green", "pink", "blue", "yellow"))), ("clear", "smooth")),
    "wine_glass": Look((("", ()), ("", ("light blue", "green", "pink", "blue", "yellow"))), ("clear", "smooth")),
    "teapot": Look((_GLAZED, _GLAZED, _PORCELAIN), _CROCKERY_FINISHES, (), ("with a curved spout", "with a round lid")),
    "water_bottle": Look((("plastic", VIVID), ("metal", VIVID), ("steel", ())), ("matte", "glossy", "smooth")),
    "salt_shaker": Look((("glass", ()), ("ceramic", GLAZES), ("steel", ())), ("smooth", "polished")),
    "pepper_grinder": Look((("wooden", ()), ("wooden", ("brown", "black")), ("steel", ())), ("polished", "smooth")),
    "bowl": Look((_GLAZED, _GLAZED, _PORCELAIN, ("wooden", ()), ("steel", ())), _CROCKERY_FINISHES, ("simple",)),
    "pot": _COOKWARE,
    "saucepan": _COOKWARE,
    "colander": Look((("metal", ()), ("steel", ()), ("plastic", VIVID), ("metal", VIVID)), ("smooth", "polished")),
    "container": _TUBS,
    "jar": Look((_GLAZED, ("ceramic", SOBER), ("glass", ()), ("clay", ())), ("matte", "glossy", "smooth")),
    "pen_holder": Look((("plastic", (*VIVID, *SOBER)), ("metal", ("black", "white", "silver")), ("wooden", ()),
                        _GLAZED), ("matte", "glossy", "smooth")),
    "utensil_holder": Look((_GLAZED, ("steel", ()), ("wooden", ())), ("matte", "glossy", "brushed")),
    "bucket": Look((("plastic", VIVID), ("metal", ()), ("metal", VIVID)), ("matte", "smooth", "glossy")),
    "basket": _WOVEN,
    "box": Look((("wooden", ()), ("plastic", VIVID), ("wooden", VIVID)), ("matte", "smooth"), ("plain",)),
    "cardboard_box": Look((("", ("brown",)), ("", ("white",)), ("", ()))),
    "bin": Look((("plastic", (*VIVID, *SOBER)),), ("matte", "smooth", "glossy")),
    "sink_basin": Look((("steel", ()), ("ceramic", WHITES), ("porcelain", WHITES)), ("polished", "smooth", "brushed")),
    "knife": _CUTLERY,
    "fork": _CUTLERY,
    "spoon": _CUTLERY,
    "spatula": Look((("plastic", (*VIVID, "black")), ("wooden", ()), ("steel", ()), ("silicone", VIVID)), ("smooth",)),
    "napkin": _CLOTHS,
    "towel": _CLOTHS,
    "mouse_pad": Look((("rubber", (*SOBER, *VIVID)), ("fabric", (*SOBER, *VIVID))), ("smooth", "textured", "matte")),
    "cutting_board": Look((("wooden", ()), ("bamboo", ()), ("plastic", ("white", "green", "blue", "red", "yellow"))),
                          ("smooth",)),
    "chessboard": Look((("wooden", ()), ("wooden", ("brown", "black", "green", "red"))),
                       ("polished", "smooth", "matte")),
    "pen": Look((("plastic", (*SOBER, *VIVID)),), ("glossy", "smooth", "matte")),
    "marker": _WRITING,
    "pencil": Look((("wooden", (*VIVID, "black")),), ("glossy", "smooth")),
    "glue_stick": Look((("plastic", (*VIVID, "white")),), ("smooth", "glossy")),
    "eraser": Look((("rubber", ("white", "pink", "blue", "green", "yellow", "gray")),), ("matte", "smooth")),
    "dry_erase_eraser": Look((("", (*SOBER, *VIVID)),)),
    "pencil_sharpener": Look((("plastic", VIVID), ("metal", ())), ("glossy", "smooth")),
    "stapler": Look((("metal", SOBER), ("plastic", VIVID)), ("glossy", "matte", "smooth")),
    "notebook": Look((("", (*SOBER, *VIVID)), ("leather", ("brown", "black", "red"))), ("matte", "smooth")),
    "open_notebook": Look((("", ("white",)), ("", ("cream",)), ("", ("pale yellow",)))),
    "book": Look((("", (*SOBER, *VIVID)),), ("matte", "glossy", "smooth")),
    "cube": _BLOCKS,
    "block": _BLOCKS,
    "lego_brick": Look((("plastic", (*VIVID, "white", "black")),), ("glossy", "smooth")),
    "chess_pawn": Look((("wooden", ("black", "white", "brown")), ("plastic", ("black", "white"))),
                       ("polished", "glossy")),
    "ping_pong_ball": Look((("plastic", ("white", "orange", "yellow")),), ("matte", "smooth")),
    "tennis_ball": Look((("", ("yellow", "green", "orange", "pink", "blue")),), ("textured",)),
    "sponge": Look((("foam", ("yellow", "green", "blue", "pink", "orange")),), ("textured",)),
    "screwdriver": Look((("plastic", (*VIVID, "black")), ("", VIVID)), ("smooth", "glossy")),
    "brush": Look((("wooden", ()), ("plastic", VIVID), ("wooden", VIVID)), ("smooth",)),
    "keyboard": Look((("plastic", ("black", "white", "gray", "silver")),), ("matte", "smooth")),
    "mouse": Look((("plastic", ("black", "white", "gray", "red", "blue", "pink")),), ("matte", "glossy", "smooth")),
    "remote_control": Look((("plastic", ("black", "gray", "white", "silver")),), ("matte", "smooth")),
    "vase": Look((_GLAZED, _GLAZED, _PORCELAIN, ("glass", ("blue", "green"))), _CROCKERY_FINISHES, ("simple",)),
    "can": Look((("metal", VIVID), ("metal", ())), ("smooth", "glossy")),
    "candle": Look((("", ("white", "cream", "red", "green", "blue", "yellow", "purple")),), ("smooth", "matte")),
    "lamp": Look((("metal", (*VIVID, "black", "white")), ("metal", ())), ("matte", "glossy")),
})  # fmt: skip
"""Shape family -> its usual looks."""


def look_of(family: str) -> Look:
    """How a family usually looks; nothing is known of families that are not listed."""
    return LOOKS.get(family, Look((("", ()),)))
