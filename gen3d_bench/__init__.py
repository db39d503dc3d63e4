"""gen3d_bench: generated 3D worlds for training and judging robot vision-language-action models."""

__version__ = "0.1.0"
