"""What can go wrong with packs.  Messages say what is wrong, where, and what to do next."""

from __future__ import annotations


class PackError(RuntimeError):
    """A pack cannot be read, made or used."""


class DamagedPackError(PackError):
    """The files of a pack are not those that its manifest lists."""
