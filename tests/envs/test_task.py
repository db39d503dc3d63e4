"""Eq. A.1 and the episode's events on hand-built contacts."""

import itertools

import numpy as np
import pytest

from gen3d_bench.envs.task import LEFT_FINGER, REST_OF_ROBOT, RIGHT_FINGER, TABLE, Contacts, Episode, success

SOURCE, TARGET, DISTRACTOR = 0, 1, 2
K = 3


def forces(*touching, newton=1.0):
    """[1, 3, 7] with these (object, thing) pairs in contact; things 3.. are table, left, right, rest."""
    matrix = np.zeros((1, K, K + 4))
    for first, second in touching:
        matrix[0, first, second] = newton
        if second < K:
            matrix[0, second, first] = newton
    return matrix


def contacts(*touching):
    return Contacts.from_forces(forces(*touching), 0.01)


ON_TABLE, LEFT, RIGHT, REST = (K + c for c in (TABLE, LEFT_FINGER, RIGHT_FINGER, REST_OF_ROBOT))


@pytest.mark.parametrize(
    ("on_target", "on_table", "robot"), list(itertools.product([False, True], [False, True], [None, LEFT, RIGHT, REST]))
)
def test_success_is_equation_a1(on_target, on_table, robot):
    touching = [(SOURCE, TARGET)] * on_target + [(SOURCE, ON_TABLE)] * on_table + ([(SOURCE, robot)] if robot else [])
    expected = on_target and not on_table and robot is None
    assert success(contacts(*touching), np.array([SOURCE]), np.array([TARGET])) == expected


def test_forces_below_the_threshold_do_not_count():
    weak = Contacts.from_forces(forces((SOURCE, TARGET), newton=0.005), 0.01)
    assert not success(weak, np.array([SOURCE]), np.array([TARGET]))


def test_batches_use_their_own_roles():
    both = Contacts.from_forces(np.concatenate([forces((0, 1)), forces((1, 2)), forces((0, 1))]), 0.01)
    assert success(both, np.array([0, 1, 2]), np.array([1, 2, 1])).tolist() == [True, True, False]


class Story:
    """An episode told step by step."""

    def __init__(self):
        self.positions = np.array([[[0.3, 0.0, 0.0], [0.2, 0.1, 0.0], [0.4, -0.1, 0.0]]])
        self.episode = Episode(np.array([SOURCE]), np.array([TARGET]), np.ones((1, K), bool), self.positions.copy())

    def step(self, *touching, source=None, distractor=None, reachable=True):
        if source is not None:
            self.positions[0, SOURCE] = source
        if distractor is not None:
            self.positions[0, DISTRACTOR] = distractor
        done = success(contacts(*touching), self.episode.source, self.episode.target)
        self.episode.update(contacts(*touching), self.positions, np.array([reachable]), done)
        self.success = bool(done[0])
        return {name for name, flag in self.episode.flags.items() if flag[0]}


def test_a_good_episode():
    story = Story()
    assert story.step((SOURCE, ON_TABLE)) == set()
    assert story.step((SOURCE, ON_TABLE), (SOURCE, LEFT)) == {"touched"}
    assert story.step((SOURCE, ON_TABLE), (SOURCE, LEFT), (SOURCE, RIGHT)) == {"touched", "grasped"}
    held = ((SOURCE, LEFT), (SOURCE, RIGHT))
    assert story.step(*held, source=(0.3, 0, 0.01)) == {"touched", "grasped"}
    assert story.step(*held, source=(0.2, 0.1, 0.1)) == {"touched", "grasped", "lifted"}
    assert not story.success
    assert story.step((SOURCE, TARGET), source=(0.2, 0.1, 0.05)) == {"touched", "grasped", "lifted"}
    assert story.success


def lifted():
    story = Story()
    story.step((SOURCE, LEFT), (SOURCE, RIGHT), source=(0.3, 0, 0.1))
    return story


def test_falling_through_the_air_is_not_yet_dropped():
    assert "dropped" not in lifted().step(source=(0.3, 0, 0.05))


def test_dropped_on_the_table():
    assert "dropped" in lifted().step((SOURCE, ON_TABLE), source=(0.3, 0, 0.0))


def test_left_on_a_distractor():
    assert {"dropped", "placed_wrong"} <= lifted().step((SOURCE, DISTRACTOR), source=(0.4, -0.1, 0.05))


def test_gripping_a_distractor():
    assert Story().step((DISTRACTOR, LEFT), (DISTRACTOR, RIGHT)) == {"touched_wrong", "grasped_wrong"}


def test_brushing_a_distractor_counts_only_once_it_has_moved():
    story = Story()
    assert story.step((DISTRACTOR, REST)) == set()
    assert story.step(distractor=(0.4, -0.13, 0.0)) == {"touched_wrong"}


def test_a_distractor_that_moved_untouched_is_nobodys_fault():
    assert Story().step(distractor=(0.4, -0.2, 0.0)) == set()


def test_unreachable_is_remembered():
    story = Story()
    story.step(reachable=False)
    assert story.step() == {"ik_failed"}


def test_fingers_on_the_target_are_part_of_the_task():
    assert Story().step((TARGET, LEFT), (TARGET, RIGHT)) == set()
