"""SimplerEnv's own setting of its scenes, "visual matching": a photograph behind robot and objects, its camera,
beginnings and rule of success.  For figures that are compared with SimplerEnv's or with ManiSkill 3's port of it."""
