"""Assets of SimplerEnv's Bridge scenes: the official files converted, and look-alikes of our own."""
