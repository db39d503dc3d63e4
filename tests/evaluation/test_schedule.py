from gen3d_bench.evaluation.schedule import Schedule


def keys(**scenes):
    return [(scene, i) for scene, count in scenes.items() for i in range(count)]


def test_a_worker_stays_with_its_scene_and_takes_episodes_in_order():
    schedule = Schedule(keys(a=3, b=3))
    assert [schedule.next(1) for _ in range(4)] == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]


def test_workers_take_different_scenes_while_there_are_some():
    schedule = Schedule(keys(a=2, b=2, c=2))
    assert [schedule.next(w)[0] for w in (1, 2, 1, 2, 1, 2)] == ["a", "b", "a", "b", "c", "c"]


def test_a_single_scene_is_shared():
    schedule = Schedule(keys(a=4))
    assert [schedule.next(w) for w in (1, 2, 3, 4, 5)] == [("a", 0), ("a", 1), ("a", 2), ("a", 3), None]


def test_what_is_put_back_comes_next():
    schedule = Schedule(keys(a=2))
    lost = schedule.next(1)
    schedule.forget(1)
    schedule.put_back(lost)
    assert len(schedule) == 2
    assert schedule.next(2) == lost


def test_everything_is_handed_out_once():
    schedule = Schedule(keys(a=5, b=1, c=3))
    taken = []
    while (key := schedule.next(len(taken) % 3)) is not None:
        taken.append(key)
    assert sorted(taken) == keys(a=5, b=1, c=3)
    assert len(schedule) == 0
