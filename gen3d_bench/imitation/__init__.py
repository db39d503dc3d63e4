"""Learning from demonstrations: record the oracle, replay what was recorded, train a policy on it."""
