"""The words that descriptions are made of, beside nouns and colours: materials, finishes, patterns, sizes, shapes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.spec import Rgb


def word_set(text: str) -> frozenset[str]:
    """The words of a text that lists them between blanks."""
    return frozenset(text.split())


def _words(**lists: str) -> Mapping[str, str]:
    """word -> key, from key="word word ..."; the key itself is a word too."""
    pairs = {word: key for key, words in lists.items() for word in words.split()}
    return MappingProxyType({**{key: key for key in lists}, **pairs})


MATERIAL_WORDS = _words(
    ceramic="stoneware pottery",
    porcelain="china bone",
    clay="earthenware terracotta",
    glass="crystal",
    metal="tin aluminum aluminium iron copper brass bronze enamel enameled pewter",
    steel="stainless chrome",
    plastic="acrylic melamine polymer resin vinyl",
    rubber="silicone rubbery",
    wood="wooden bamboo oak walnut pine birch maple cherrywood mahogany teak beech acacia timber",
    wicker="woven rattan straw willow seagrass",
    fabric="cloth cotton linen microfiber wool woolen canvas knitted terry",
    paper="",
    cardboard="",
    foam="",
    leather="",
    stone="marble granite slate soapstone",
)
"""Words for materials -> keys of `palette.MATERIALS`."""

METAL_TINTS: Mapping[str, Rgb] = MappingProxyType(
    {
        "copper": (0.80, 0.48, 0.34),
        "brass": (0.82, 0.66, 0.32),
        "bronze": (0.62, 0.44, 0.26),
        "iron": (0.24, 0.24, 0.25),
        "terracotta": (0.74, 0.40, 0.26),
    }
)
"""Materials whose name is a colour too."""

SHADES: Mapping[str, float] = MappingProxyType(
    {"light": 1.45, "pale": 1.55, "pastel": 1.5, "soft": 1.25, "dark": 0.62, "deep": 0.72}
)
"""Words before a colour -> factor for `palette.shade`."""
VIVID = frozenset({"bright", "vivid", "vibrant", "bold", "brilliant", "saturated"})
"""Words before a colour that ask for more of it."""

FINISH_WORDS = _words(
    matte="matt mat dull unglazed chalky powdery",
    satin="semi smooth silky sleek",
    glossy="gloss shiny glazed lacquered varnished reflective sheen shine glistening lustrous waxy",
    polished="mirror mirrored",
    brushed="",
    metallic="",
    textured="hammered embossed pebbled grained grainy tactile nubby quilted ridged",
    rough="coarse bumpy rustic weathered worn rugged",
    clear="transparent translucent",
    frosted="",
)
"""Words for finishes -> keys of `style.FINISHES`."""

PATTERN_WORDS = _words(
    plain="solid unpatterned undecorated monochrome",
    striped="stripe stripes stripey striping pinstriped lined",
    dotted="dot dots polka spotted spot spots",
    checkered="checked chequered checker check checks gingham plaid tartan",
    speckled="speckle speckles flecked fleck flecks mottled freckled",
    banded="band bands ringed",
    floral="flower flowers flowered blossom blossoms",
)
"""Words for patterns -> keys of `style.PATTERNS`."""

SIZES: Mapping[str, float] = MappingProxyType(
    {
        "tiny": 0.78, "mini": 0.80, "miniature": 0.78, "small": 0.88, "little": 0.88, "compact": 0.9, "petite": 0.85,
        "medium": 1.0, "large": 1.14, "big": 1.14, "huge": 1.22, "giant": 1.25, "oversized": 1.2, "jumbo": 1.2,
    }
)  # fmt: skip
"""Words for sizes -> the factor on every length that they ask for."""

SHAPES = _words(
    tall="high upright",
    short="squat stubby low",
    narrow="slim slender thin skinny",
    wide="broad",
    thick="chunky fat stout plump sturdy bulky",
    flat="shallow flattened",
    deep="",
    long="elongated lengthy",
    round="rounded circular spherical cylindrical bulbous",
    square="squared cubic cubical boxy",
    oval="elliptical oblong",
    rectangular="rectangle",
    hexagonal="hexagon faceted",
    tapered="tapering conical flared",
    curved="curvy curving arched bent",
)
"""Words for shapes -> keys of `style.SHAPES` or words that a family has a meaning of its own for."""

PART_ENDINGS: Mapping[str, str] = MappingProxyType(
    {"rimmed": "rim", "handled": "handle", "necked": "neck", "mouthed": "mouth", "lidded": "lid", "capped": "cap",
     "edged": "edge", "bristled": "bristle", "footed": "foot", "stemmed": "stem", "trimmed": "trim", "tipped": "tip"}
)  # fmt: skip
"""Words before a noun that speak of a part: "long-handled spoon"."""

BODY = word_set(
    "body surface finish barrel glaze skin peel exterior coating texture look appearance color colour tone hue "
    "material design style shape form wall side shell outside construction build casing case size"
)
"""Nouns in "with a ..." that mean the thing as a whole."""

NEUTRAL = word_set(
    "a an the some one single very slightly somewhat fairly quite lightly subtly subtle gently mostly simple classic "
    "modern minimalist contemporary traditional standard regular ordinary typical everyday common generic "
    "new clean empty fresh ripe raw whole natural real realistic household kitchen table desk office home everyday "
    "elegant delicate nice beautiful cute its it is are has have that which ready organic intact complete "
    "unopened basic decorative detailed normal sized colored coloured finished made crafted hand handmade "
    "evenly lightweight heavy soft hard durable warm cool cozy cosy inviting tidy neat spacious sunny airy lit well "
    "and or in pattern patterned print printed accent detail vintage antique rigid"
)
"""Words that every thing here lives up to, or that nothing could be seen of; they ask for nothing."""

WITH = frozenset({"of", "with", "from", "having", "made", "featuring", "in", "showing", "that", "which", "is", "has"})
"""Words after which more is said of the thing."""
PLACED = word_set(
    "for on onto near beside next under inside against at by containing holding filled sitting resting standing lying "
    "placed atop above below behind around between without"
)
"""Words after which something else is spoken of: where the thing is, what it is for, what it lacks."""
MEASURES = word_set("pair set piece slice bunch stack pile bundle kind type sort group pack couple bar stick sheet")
"""Words that hand over to the noun after their "of": "pair of pliers"."""
LABELS = word_set("fruit vegetable object item tool utensil shape thing toy accessory prop asset model")
"""Words that may follow the noun without meaning another thing: "apple fruit"."""
