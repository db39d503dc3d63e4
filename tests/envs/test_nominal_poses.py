"""Scenes that say where their objects stand."""

import pytest

from gen3d_bench.envs import PickPlaceEnv
from gen3d_bench.envs.layout import LayoutError
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import Pose


def scene_with(*poses):
    """Carrot, plate, knife and bowl at these poses (None: wherever)."""
    (scene,) = resolve_scenes("gen3d-001")
    objects = tuple(o.model_copy(update={"pose": p}) for o, p in zip(scene.objects, poses, strict=True))
    return scene.model_copy(update={"objects": objects})


def start(*poses):
    env = PickPlaceEnv(scene_with(*poses), obs_mode="state", randomization="none")
    return env.reset(seed=0)[0]["state"]["objects"]


def test_given_poses_are_kept_and_the_rest_is_placed_around_them():
    carrot, plate = Pose(p=(0.25, -0.12, 0)), Pose(p=(0.35, 0.1, 0), q=(0.8, 0, 0, 0.6))
    objects = start(carrot, plate, None, None)
    assert objects[0, :2] == pytest.approx((0.25, -0.12), abs=2e-3)
    assert objects[1, :2] == pytest.approx((0.35, 0.1), abs=2e-3)
    assert objects[1, 3:] == pytest.approx((0.8, 0, 0, 0.6), abs=0.01)
    assert (objects[2:4, 0] > 0.19).all()
    assert objects == pytest.approx(start(carrot, plate, None, None), abs=0)


@pytest.mark.parametrize(
    ("poses", "message"),
    [
        ((Pose(p=(0.25, -0.12, 0.1)), None, None, None), "carrot.*upright"),
        ((Pose(p=(0.25, -0.12, 0), q=(0.70710678, 0.70710678, 0, 0)), None, None, None), "carrot.*upright"),
        ((Pose(p=(0.3, 0.1, 0)), Pose(p=(0.3, 0.1, 0)), None, None), "plate.*overlaps"),
        ((Pose(p=(0.65, 0.4, 0)), None, None, None), "carrot.*reach"),
    ],
)
def test_poses_that_no_episode_may_start_from_are_refused(poses, message):
    with pytest.raises(LayoutError, match=f"gen3d-001.*{message}"):
        start(*poses)
