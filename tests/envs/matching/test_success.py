"""Upstream's two rules of success on poses and forces made by hand: no physics, no official file."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d_bench.envs.library import SceneLibrary
from gen3d_bench.envs.matching.success import OriginalSuccess
from gen3d_bench.envs.task import LEFT_FINGER, TABLE, Contacts
from gen3d_bench.scenes.bridge import MODELS, TASKS
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.store import AssetStore

CONVENTIONS = ("simplerenv", "maniskill3")
BOTH = pytest.mark.parametrize("convention", CONVENTIONS)
ALL = pytest.mark.parametrize("scene_id", TASKS)
NUDGE = 1e-5
REACH = {
    "simpler-carrot-on-plate": np.hypot(0.055, 0.055) + 0.003,
    "simpler-spoon-on-towel": np.hypot(0.05, 0.05) + 0.003,
    "simpler-stack-cube": np.hypot(0.015, 0.015) + 0.003,
}
"""How far from the target the source may be: half the diagonal of upstream's box and 3 mm (m)."""
HEIGHT = {
    "simpler-carrot-on-plate": 0.003 + 0.019 + 0.02,
    "simpler-spoon-on-towel": 0.005 + 0.013021 + 0.02,
    "simpler-stack-cube": 0.015 + 0.015 + 0.02,
}
"""How far above the target: half the heights of both boxes and 2 cm (m)."""


@pytest.fixture
def scenes(tmp_path, monkeypatch):
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path))
    return SceneLibrary("simpler", AssetStore())


class Table:
    """Source and target of one scene as upstream's models, unturned until told otherwise; target at the origin."""

    def __init__(self, scenes, scene_id, convention, tilt=None):
        self.scene, self.convention = scenes.prepare(scene_id), convention
        task = TASKS[scene_id]
        self.names = {Role.source: task.source, Role.target: task.target}
        self.rule = OriginalSuccess([self.scene], self.poses((0.3, 0, 0), tilt)[None], convention)

    def poses(self, offset, turn=None):
        """[K, 7] with upstream's point of the source `offset` (m) from that of the target; turn: of the source."""
        poses = np.zeros((len(self.scene.assets.objects), 7))
        poses[:, 3] = 1.0
        for role, place, turned in (
            (Role.target, np.zeros(3), Rotation.identity()),
            (Role.source, np.array(offset, float), turn or Rotation.identity()),
        ):
            model, index = MODELS[self.names[role]], self.scene.index(role)
            point = np.array(model.origin) + (model.center if self.convention == "simplerenv" else 0.0)
            poses[index, :3] = place - turned.apply(point)
            poses[index, 3:] = turned.as_quat(scalar_first=True)
        return poses

    def judged(self, offset, *, turn=None, on_target=1.0, on_table=0.0, on_finger=0.0):
        """Success with the source there and these forces on it (N)."""
        count, source, target = len(self.names), self.scene.index(Role.source), self.scene.index(Role.target)
        forces = np.zeros((1, count, count + 4))
        forces[0, source, target] = forces[0, target, source] = on_target
        forces[0, source, count + TABLE] = on_table
        forces[0, source, count + LEFT_FINGER] = on_finger
        forces[0, target, count + TABLE] = 1.0
        (found,) = self.rule(Contacts.from_forces(forces, 0.01), forces, self.poses(offset, turn)[None])
        return bool(found)


@BOTH
@ALL
def test_bounds_of_place_and_height(scenes, scene_id, convention):
    table, reach, height = Table(scenes, scene_id, convention), REACH[scene_id], HEIGHT[scene_id]
    for angle in (0.0, 1.0, 4.0):
        across = np.array([np.cos(angle), np.sin(angle), 0.0])
        assert table.judged(across * (reach - NUDGE) + (0, 0, 0.01))
        assert not table.judged(across * (reach + NUDGE) + (0, 0, 0.01))
    assert table.judged((0, 0, height - NUDGE))
    assert not table.judged((0, 0, height + NUDGE))
    assert table.judged((0, 0, NUDGE))
    assert not table.judged((0, 0, -NUDGE))


@BOTH
@ALL
def test_a_turned_source_is_where_its_own_point_is(scenes, scene_id, convention):
    """Points away from our assets' origins turn with the object."""
    table, reach = Table(scenes, scene_id, convention), REACH[scene_id]
    for turn in (Rotation.from_euler("z", 2.0), Rotation.from_euler("xyz", [0.4, -0.7, 1.1])):
        assert table.judged((reach - NUDGE, 0, 0.01), turn=turn)
        assert not table.judged((reach + NUDGE, 0, 0.01), turn=turn)


def test_conventions_measure_between_different_points(scenes):
    """The carrot's centre of mass is 7 mm from its origin, along it."""
    scene_id = "simpler-carrot-on-plate"
    tables = {convention: Table(scenes, scene_id, convention) for convention in CONVENTIONS}
    forces = np.zeros((1, 2, 6))
    forces[0, 0, 1] = forces[0, 1, 0] = 1.0
    contacts = Contacts.from_forces(forces, 0.01)
    between = tables["maniskill3"].poses((REACH[scene_id] - 0.001, 0, 0.01))[None]
    found = {name: bool(table.rule(contacts, forces, between)[0]) for name, table in tables.items()}
    assert found == {"simplerenv": False, "maniskill3": True}


@pytest.mark.parametrize("scene_id", ["simpler-carrot-on-plate", "simpler-stack-cube"])
def test_contacts_that_are_asked_for(scenes, scene_id):
    ours, port = (Table(scenes, scene_id, convention) for convention in CONVENTIONS)
    above = (0.0, 0.0, 0.02)
    # SimplerEnv: nothing but target and robot, from a force that gives 1e-6 N s in a step of 2 ms.
    assert ours.judged(above)
    assert ours.judged(above, on_target=0.0), "hovering counts, as upstream"
    assert ours.judged(above, on_finger=9.0), "letting go is not asked for"
    assert ours.judged(above, on_table=4e-4)
    assert not ours.judged(above, on_table=6e-4)
    # ManiSkill 3: more than 0.05 N on the target, whatever else.
    assert port.judged(above, on_target=0.051, on_table=9.0, on_finger=9.0)
    assert not port.judged(above, on_target=0.049)
    assert not port.judged(above, on_target=0.0)


@BOTH
def test_the_spoon_need_not_touch_and_may_touch_anything(scenes, convention):
    table = Table(scenes, "simpler-spoon-on-towel", convention)
    assert table.judged((0, 0, 0.02), on_target=0.0)
    assert table.judged((0, 0, 0.02), on_target=0.0, on_table=9.0, on_finger=9.0)
    assert not table.judged((0, 0, -0.02))


@BOTH
def test_boxes_are_those_of_the_start(scenes, convention):
    """A carrot that began on its tip has a box as high as it is long, however it lies later."""
    scene_id = "simpler-carrot-on-plate"
    upright = Rotation.from_euler("y", -np.pi / 2)  # its x axis up
    table = Table(scenes, scene_id, convention, tilt=upright)
    height = 0.003 + 0.0575 + 0.02
    assert table.judged((0, 0, height - NUDGE))
    assert not table.judged((0, 0, height + NUDGE))
    assert Table(scenes, scene_id, convention).judged((0, 0, HEIGHT[scene_id] - NUDGE), turn=upright)
    assert not Table(scenes, scene_id, convention).judged((0, 0, height - NUDGE), turn=upright)


@BOTH
def test_episodes_of_a_batch_are_judged_apart(scenes, convention):
    prepared = [scenes.prepare(scene_id) for scene_id in TASKS]
    tables = [Table(scenes, scene_id, convention) for scene_id in TASKS]
    rule = OriginalSuccess(prepared, np.stack([t.poses((0.3, 0, 0)) for t in tables]), convention)
    offsets = [(REACH[scene_id] + sign * NUDGE, 0, 0.01) for scene_id, sign in zip(TASKS, (-1, 1, -1), strict=True)]
    forces = np.zeros((3, 2, 6))
    forces[:, 0, 1] = forces[:, 1, 0] = 1.0
    poses = np.stack([t.poses(offset) for t, offset in zip(tables, offsets, strict=True)])
    assert rule(Contacts.from_forces(forces, 0.01), forces, poses).tolist() == [True, False, True]
