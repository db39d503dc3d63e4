"""Pictures of scenes as their episodes begin: what the robot's camera sees, nothing randomized."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from PIL import Image

from gen3d_bench.envs.backend import UnsettledError
from gen3d_bench.envs.engine import forget_meshes
from gen3d_bench.envs.layout import LayoutError
from gen3d_bench.envs.pick_place_env import PickPlaceEnv
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import AssetStore

QUALITY = 88
"""Of the JPEG."""


def previews(scenes: Sequence[Scene], store: AssetStore) -> Iterator[bytes]:
    """A JPEG of 640 x 480 px of each scene, in order.

    Raises PackError for a scene that cannot begin with its nominal poses, RenderingUnavailable, StoreError.
    """
    env = PickPlaceEnv(scenes, obs_mode="state", randomization="none", render_mode="rgb_array", store=store)
    try:
        for scene in scenes:
            try:
                env.reset(seed=0, options={"scene": scene.id})
            except (LayoutError, UnsettledError) as error:
                raise PackError(f"scene {scene.id} cannot begin as its poses say: {error}; mend the poses, or leave "
                                f"the scene out of the pack") from error
            yield _jpeg(env)
            env.close()
            forget_meshes()  # a scene's meshes do not come again: hundreds of scenes would fill the memory
    finally:
        env.close()


def _jpeg(env: PickPlaceEnv) -> bytes:
    picture = env.render()
    assert picture is not None, "render_mode is set"
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "JPEG", quality=QUALITY, optimize=True)
    return data.getvalue()
