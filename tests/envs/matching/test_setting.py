"""What SimplerEnv's own setting prescribes, against the official code's numbers."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d_bench.envs.config import CameraConfig, PhysicsConfig
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.library import SceneLibrary
from gen3d_bench.envs.matching.setting import BASE, BASE_HEIGHT, beginning, matching_config, physics_of, task_of
from gen3d_bench.envs.matching.visual_matching_env import VisualMatchingEnv
from gen3d_bench.evaluation.config import MATCHING_TIME_LIMIT_S
from gen3d_bench.scenes.bridge import MODELS, TASKS
from gen3d_bench.scenes.errors import UnknownSceneError
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.store import AssetStore

ROBOT = np.array([0.147, 0.028, 0.870])
CENTRE = np.array([-0.16, 0.0])
CAMERA_POSITION = (0.0, -0.16, 0.36)
CAMERA_QUATERNION = (0.8992917, -0.09263245, 0.35892478, 0.23209205)
"""Of upstream's `3rd_view_camera` on `base_link`."""
ALL = pytest.mark.parametrize("scene_id", TASKS)
CONVENTIONS = pytest.mark.parametrize("convention", ["simplerenv", "maniskill3"])


def official(scene_id, number):
    """Source [2] and target [2] (m) in upstream's world and the source's yaw (rad) in an episode of upstream's, written
    down anew after its code: the index of the place counts slower than that of the turn."""
    edges = {"simpler-stack-cube": (0.05, 0.1)}.get(scene_id, (0.075,))
    yaws = {
        "simpler-carrot-on-plate": (np.pi, -np.pi / 2),
        "simpler-spoon-on-towel": (0.0, np.pi / 2),
        "simpler-stack-cube": (0.0,),
    }[scene_id]
    places = []
    for edge in edges:
        grid = (np.array([[0, 0], [0, 1], [1, 0], [1, 1]]) * 2 - 1) * edge + CENTRE
        places += [(grid[i], grid[j]) for i in range(4) for j in range(4) if i != j]
    assert len(places) * len(yaws) == 24
    return *places[number // len(yaws)], yaws[number % len(yaws)]


def upstream(model, pose):
    """Place [3] (m) and rotation of a model's origin in upstream's world, from its asset's pose [7] in our scene."""
    turned = Rotation.from_quat(pose[3:], scalar_first=True)
    half_turn = Rotation.from_euler("z", np.pi)
    place = half_turn.apply(pose[:3] + turned.apply(model.origin)) + (*ROBOT[:2], ROBOT[2] - BASE_HEIGHT)
    return place, half_turn * turned


@ALL
def test_episodes_begin_on_the_official_grid(scene_id, assets):
    env = VisualMatchingEnv(scene_id, obs_mode="state", convention="maniskill3")
    task, roles = TASKS[scene_id], [thing.role for thing in env.scenes[scene_id].objects]
    for number in range(24):
        observation, _ = env.reset(options={"episode_id": number})
        source, target, yaw = official(scene_id, number)
        for role, name, place, turn in (
            (Role.source, task.source, source, yaw),
            (Role.target, task.target, target, 0.0),
        ):
            pose = observation["state"]["objects"][roles.index(role)].astype(float)
            found, rotation = upstream(MODELS[name], pose)
            # Where things are let go of, but for how they roll and slip as they land.
            np.testing.assert_allclose(found[:2], place, atol=0.004)
            heading = rotation.apply([1.0, 0.0, 0.0])
            apart = np.arctan2(heading[1], heading[0]) - turn
            assert abs((apart + np.pi) % (2 * np.pi) - np.pi) < 0.01


@CONVENTIONS
@ALL
def test_the_source_is_let_go_of_where_upstream_does(scene_id, convention, none):
    scene = SceneLibrary(scene_id, AssetStore()).prepare(scene_id)
    for number in (0, 13, 23, 24 + 5):
        source, target, yaw = official(scene_id, number % 24)
        models = beginning(scene, number, convention).models
        height = {"simplerenv": 1.37, "maniskill3": task_of(scene_id).heights[0]}[convention]
        np.testing.assert_allclose(models[scene.index(Role.source)][:3], (*source, height), atol=1e-12)
        np.testing.assert_allclose(models[scene.index(Role.target)][:2], target, atol=1e-12)
        turned = Rotation.from_quat(models[scene.index(Role.source)][3:], scalar_first=True)
        assert (turned * Rotation.from_euler("z", -yaw)).magnitude() < 1e-9


def test_things_do_not_tilt_as_they_fall_in_simplerenvs_convention(real):
    """The spoon lies as in ManiSkill's, to what is left of landing from half a metre."""
    states = []
    for convention in ("simplerenv", "maniskill3"):
        env = VisualMatchingEnv("simpler-spoon-on-towel", obs_mode="state", convention=convention)
        states.append(env.reset(seed=3)[0]["state"])
        assert not any(flag for body in env.simulation.world.objects for flag in body.locked_motion_axes)
    np.testing.assert_allclose(states[0]["objects"][:2, :3], states[1]["objects"][:2, :3], atol=5e-4)
    assert np.abs(states[0]["objects"] - states[1]["objects"]).max() > 1e-6, "they fell from another height"
    assert np.abs(states[0]["velocities"][:2, :3]).max() < 1e-3


@CONVENTIONS
def test_the_camera_is_upstreams_in_the_frame_of_the_base(convention, assets):
    env = VisualMatchingEnv("simpler-stack-cube", convention=convention, image_size=(480, 640))
    env.reset(seed=0)
    world = env.simulation.world
    (camera,) = world.cameras.values()
    base = world.arm.links[0].entity.pose
    placed = base.inv() * camera.entity.pose
    np.testing.assert_allclose(placed.p, CAMERA_POSITION, atol=1e-6)
    apart = Rotation.from_quat(placed.q, scalar_first=True).inv() * Rotation.from_quat(
        CAMERA_QUATERNION, scalar_first=True
    )
    assert apart.magnitude() < 2e-4
    np.testing.assert_allclose(
        camera.get_intrinsic_matrix(), [[623.588, 0, 319.501], [0, 623.588, 239.545], [0, 0, 1]], rtol=1e-6
    )


def test_the_arm_stands_where_upstreams_does(real):
    env = VisualMatchingEnv("simpler-stack-cube", obs_mode="state")
    env.reset(seed=0)
    base = env.simulation.world.arm.links[0].entity.pose
    np.testing.assert_allclose(base.p, ROBOT, atol=1e-6)
    np.testing.assert_allclose(np.abs(base.q), (0, 0, 0, 1), atol=1e-6)
    assert BASE == (0.147, 0.028)
    assert isinstance(env.simulation.world.frame, sapien.Pose)


@CONVENTIONS
def test_configurations(convention):
    config = matching_config(convention)
    theirs = {"simplerenv": PhysicsConfig.simplerenv, "maniskill3": PhysicsConfig.maniskill3}[convention]()
    assert config.max_steps == 60 == round(MATCHING_TIME_LIMIT_S * config.physics.control_hz)
    assert config.physics.inverse == "iterative"
    assert (config.physics.max_translation, config.physics.max_rotation) == (1.0, np.pi / 2)
    for name in ("finger_friction", "table_friction", "contact_offset", "position_iterations", "rotation", "sim_hz"):
        assert getattr(config.physics, name) == getattr(theirs, name)
    assert config.camera.position[2] - CameraConfig.position[2] == pytest.approx(BASE_HEIGHT)


def test_unknown_names_say_what_there_is():
    with pytest.raises(ValueError, match=r"simplerenv.*maniskill3.*simpler"):
        physics_of("simpler")
    with pytest.raises(UnknownSceneError, match=r"gen3d-001.*simpler-carrot-on-plate"):
        task_of("gen3d-001")
