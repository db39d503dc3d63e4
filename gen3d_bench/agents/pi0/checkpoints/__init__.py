"""Weights of pi0 in files: ours, open-pi-zero's, openpi's and lerobot's, and PaliGemma's."""
