"""Independent readers of GLB files."""
