import itertools

import pytest

from gen3d_bench.envs.task import EVENTS
from gen3d_bench.evaluation import labels
from gen3d_bench.evaluation.labels import RULES, Evidence, FailureLabel, failure_codes, labels_of

DYNAMICS, SEMANTICS = FailureLabel.dynamics, FailureLabel.semantics


@pytest.mark.parametrize(
    ("evidence", "codes"),
    [
        (Evidence(touched=True), {"missed_grasp"}),
        (Evidence(touched=True, grasped=True), {"failed_lift"}),
        (Evidence(touched=True, grasped=True, lifted=True), {"not_placed"}),
        (Evidence(touched=True, grasped=True, lifted=True, dropped=True), {"dropped"}),
        (Evidence(touched=True, grasped=True, lifted=True, dropped=True, placed_wrong=True), {"wrong_place"}),
        (Evidence(touched_wrong=True), {"wrong_approach"}),
        (Evidence(touched_wrong=True, grasped_wrong=True), {"wrong_object"}),
        (Evidence(touched=True, touched_wrong=True), {"missed_grasp", "collision"}),
        (Evidence(touched=True, touched_wrong=True, grasped_wrong=True), {"missed_grasp", "wrong_object"}),
        (Evidence(closed_gripper=True), {"missed_reach"}),
        (Evidence(closed_gripper=True, ik_failed=True), {"missed_reach"}),
        (Evidence(ik_failed=True), {"unreachable"}),
        (Evidence(), {"no_attempt"}),
        (Evidence(policy_error=True), {"policy_error"}),
        (Evidence(touched=True, policy_error=True), {"missed_grasp", "policy_error"}),
    ],
)
def test_rules(evidence, codes):
    assert set(failure_codes(evidence)) == codes


def test_examples_of_the_paper_get_the_labels_its_authors_gave():
    screwdriver = Evidence(touched=True, touched_wrong=True, grasped_wrong=True, closed_gripper=True)  # Fig. H.13
    assert labels_of(failure_codes(screwdriver)) == {DYNAMICS, SEMANTICS}
    marker = Evidence(touched=True, grasped=True, lifted=True, dropped=True, touched_wrong=True)  # Fig. H.12
    assert labels_of(failure_codes(marker)) == {DYNAMICS}


def test_every_failure_gets_a_label():
    for values in itertools.product([False, True], repeat=len(EVENTS) + 2):
        evidence = Evidence(*values)
        assert failure_codes(evidence), evidence


def test_the_table_in_the_docstring_lists_exactly_the_rules():
    lines = (line.split() for line in labels.__doc__.splitlines())
    documented = [(words[0], words[1]) for words in lines if len(words) > 2 and words[1] in ("dynamics", "semantics")]
    assert documented == [(rule.code, rule.label.value) for rule in RULES]


def test_a_missing_event_is_named():
    with pytest.raises(KeyError, match="lacks lifted"):
        Evidence.from_events({name: False for name in EVENTS if name != "lifted"}, closed_gripper=False)
