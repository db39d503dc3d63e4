"""Packs: scene sets with their assets, and the way to and from the Hugging Face Hub."""
