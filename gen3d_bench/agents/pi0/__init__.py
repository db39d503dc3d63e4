"""pi0: the reference agent, from a sibling of 2M parameters to the 3.2B model of the Bridge data."""
