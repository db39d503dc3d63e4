"""The checker that shows renderings to a vision-language model (paper, appendix C)."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.schema import Model
from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.llm.client import LanguageModel
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.errors import LanguageModelError, quoted
from gen3d_bench.worldgen.llm.prompts import ALIGNMENT, APPEARANCE, JUDGE, description
from gen3d_bench.worldgen.verdict import Stage, Verdict

Picture = NDArray[np.uint8]
"""[H, W, 3], RGB."""
SEED = 0
"""The same picture gets the same verdict, whatever scene it is in."""


class Judgement(Model):
    """What the model says of a picture.  The reason comes first: who has said what they see judges better."""

    reason: str
    passed: bool


class VisionChecker:
    """Judges how assets look.  Where the model gives no valid judgement, nothing passes."""

    def __init__(self, config: ModelConfig) -> None:
        self.name = config.label
        self.model = LanguageModel(config)

    def appearance(self, request: AssetRequest, picture: Picture) -> Verdict:
        """Semantic Appearance: whether one picture shows what was asked for, once and whole."""
        return self._judged(Stage.appearance, request, APPEARANCE, picture)

    def alignment(self, request: AssetRequest, views: Sequence[Picture]) -> Verdict:
        """Cross-modal Text-to-3D Alignment: whether pictures from several sides, all of one size, show it."""
        return self._judged(Stage.alignment, request, ALIGNMENT.format(views=len(views)), grid(views))

    def _judged(self, stage: Stage, request: AssetRequest, question: str, picture: Picture) -> Verdict:
        text = f"{question}\n\n{description(request.kind, request.name, request.description)}"
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": JUDGE},
            {"role": "user", "content": [
                {"type": "text", "text": text},
                {"type": "image_url", "image_url": {"url": data_uri(picture)}},
            ]},
        ]
        try:
            judgement = self.model.ask(messages, Judgement, SEED, _problems).value
        except LanguageModelError as error:
            return Verdict.unreachable(stage, self.name, str(error))
        return Verdict(stage=stage, passed=judgement.passed, reason=quoted(judgement.reason), method=self.name)


def grid(views: Sequence[Picture]) -> Picture:
    """Pictures of one size as one, in rows from the left, as near to a square as can be; what is left over is white.

    Raises ValueError if there are none or their sizes differ.
    """
    if not views or len({view.shape for view in views}) != 1:
        raise ValueError(f"a grid needs pictures of one size, these are {[view.shape for view in views]}")
    height, width, channels = views[0].shape
    columns = math.ceil(math.sqrt(len(views)))
    rows = math.ceil(len(views) / columns)
    whole = np.full((rows * height, columns * width, channels), 255, np.uint8)
    for i, view in enumerate(views):
        y, x = (i // columns) * height, (i % columns) * width
        whole[y:y + height, x:x + width] = view
    return whole


def data_uri(picture: Picture) -> str:
    """A picture as a PNG within a URI, as chat messages carry it."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _problems(judgement: Judgement) -> list[str]:
    return [] if judgement.reason.strip() else ["reason: must say what you see"]
