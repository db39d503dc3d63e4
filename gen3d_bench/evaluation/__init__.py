"""Judgement: a policy in environments -> EpisodeRecord -> metrics -> report.

`records` says what is written down about an episode, `metrics` and `labels` what the numbers mean, `statistics` how
sure they are, `runner.evaluate` runs episodes over processes and `report` shows them.
"""
