"""What a description claims that can be measured, and what it claims besides.

Words are read with the vocabulary of the built-in generator, whoever made the asset; a noun that it does not know is
still a noun, of a kind of which nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.checks.kinds import KINDS, Kind
from gen3d_bench.worldgen.procedural.kinship import resolve, specification
from gen3d_bench.worldgen.procedural.prompts import PLACES, UnknownObjectError, parse, unknown_noun, zone
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.vocabulary import FINISH_WORDS

TABLE_COLORED = 0.1
"""`Kind.colored` of tables: their legs and edges may be of other stuff than the top."""


@dataclass(frozen=True)
class Claims:
    """noun: what the thing is called.  kind: what is known of such things, if anything; kind_name: its key in `kinds`.

    spec: what is said of it.
    """

    noun: str
    kind: Kind | None
    kind_name: str
    spec: Spec

    @property
    def colored(self) -> float:
        """Least share of what is seen that has its main colour."""
        if self.spec.family == "table":
            return TABLE_COLORED
        return self.kind.colored if self.kind else Kind(0, 0).colored

    @property
    def finishes(self) -> tuple[str, ...]:
        """Keys of all finishes that are spoken of: "matte" and "textured" may both be meant."""
        return tuple(sorted({FINISH_WORDS[word] for word in self.spec.words if word in FINISH_WORDS}))

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Words that nothing here can measure, the noun among them if nothing is known of its kind."""
        known = self.kind or self.spec.family in PLACES.values()
        return self.spec.unknown if known else (*self.spec.unknown, self.noun)


def claims(request: AssetRequest) -> Claims:
    """Of a description; one that names nothing claims nothing of its kind."""
    text = request.description
    try:
        spec, noun = specification(text), resolve(text).noun
    except UnknownObjectError:
        named = unknown_noun(text)
        noun = named or "thing"
        spec = parse(text if named else ", ".join((noun, " ".join(zone(text)[0]))), {noun: noun})
    name = noun if noun in KINDS else spec.family.replace("_", " ")
    return Claims(noun, KINDS.get(name), name, spec)
