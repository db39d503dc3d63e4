"""What a process needs to make scenes: a designer, a source of assets, a judge of looks, and the asset cache."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetBackend, AssetRequest, Collection
from gen3d_bench.worldgen.checks.views import AssetViews
from gen3d_bench.worldgen.designer.protocol import Designer, Usage
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.verdict import Verdict

if TYPE_CHECKING:
    from gen3d_bench.worldgen.llm.vision import VisionChecker


class LooksChecker(Protocol):
    """Judges what an asset looks like.  name: for verdicts and reports."""

    @property
    def name(self) -> str: ...

    def appearance(self, request: AssetRequest, views: AssetViews) -> Verdict:
        """Does it look like what was asked for: colours, one complete thing?"""
        ...

    def alignment(self, request: AssetRequest, views: AssetViews) -> Verdict:
        """Is the finished asset what the words describe: kind, shape, size?"""
        ...


@dataclass(frozen=True)
class SeenBy:
    """A vision model that is shown pictures: one for appearance, all sides for alignment, as in the paper."""

    model: VisionChecker

    @property
    def name(self) -> str:
        return self.model.name

    def appearance(self, request: AssetRequest, views: AssetViews) -> Verdict:
        return self.model.appearance(request, views.pictures[0])

    def alignment(self, request: AssetRequest, views: AssetViews) -> Verdict:
        return self.model.alignment(request, list(views.pictures))


@dataclass(frozen=True)
class Workshop:
    """Made once per process and used for many scenes."""

    designer: Designer
    backend: AssetBackend
    looks: LooksChecker
    store: AssetStore

    @property
    def usage(self) -> Usage:
        """What language models have been asked for in this process."""
        models = [getattr(self.designer, "model", None), getattr(getattr(self.looks, "model", None), "model", None)]
        return sum((model.usage for model in models if model is not None), Usage())


@lru_cache(maxsize=1)
def workshop(config: GenerateConfig) -> Workshop:
    """The workshop for a run's settings.  Raises AssetError for a source of assets that is not there."""
    from gen3d_bench.worldgen.assets.sources import backend

    objects = backend(config.objects)
    return Workshop(_designer(config, objects), objects, _looks(config), AssetStore())


def designer_name(config: GenerateConfig) -> str:
    """As the designer will call itself."""
    return f"openai:{config.model}" if config.designer == "openai" else config.designer


def origins(config: GenerateConfig) -> dict[str, str | int]:
    """What scenes depend on besides the settings: the same settings with another of these would mix two kinds in one
    folder.

    Raises AssetError or SourceUnavailable where objects cannot come from where they should.
    """
    from gen3d_bench.worldgen.assets.sources import backend
    from gen3d_bench.worldgen.designer.grammar import VERSION as GRAMMAR
    from gen3d_bench.worldgen.llm.config import ModelConfig
    from gen3d_bench.worldgen.procedural.generator import VERSION as GENERATOR

    found: dict[str, str | int] = {"generator_version": GENERATOR}
    if config.designer == "grammar":
        found["grammar_version"] = GRAMMAR
    objects = backend(config.objects)
    if isinstance(objects, Collection) and not objects.to_order:
        found["collection"] = objects.digest()
    if "openai" in (config.designer, config.checker):
        found["server"] = ModelConfig(name=config.model).server
    return found


def _designer(config: GenerateConfig, objects: AssetBackend) -> Designer:
    names = objects.names() if isinstance(objects, Collection) and not objects.to_order else ()
    if config.designer == "openai":
        from gen3d_bench.worldgen.llm.config import ModelConfig
        from gen3d_bench.worldgen.llm.designer import OpenAIDesigner
        from gen3d_bench.worldgen.procedural.families import FAMILIES

        kinds = sorted(family.nouns[0] for family in FAMILIES.values()) if config.objects == "procedural" else names
        return OpenAIDesigner(ModelConfig(name=config.model), kinds)
    from gen3d_bench.worldgen.designer.grammar import GrammarDesigner
    from gen3d_bench.worldgen.pipeline.company import Within

    return Within(GrammarDesigner(to_order=False), names) if names else GrammarDesigner()


def _looks(config: GenerateConfig) -> LooksChecker:
    if config.checker == "openai":
        from gen3d_bench.worldgen.llm.config import ModelConfig
        from gen3d_bench.worldgen.llm.vision import VisionChecker

        return SeenBy(VisionChecker(ModelConfig(name=config.model)))
    from gen3d_bench.worldgen.checks.appearance import MeasuredAppearance

    return MeasuredAppearance()
