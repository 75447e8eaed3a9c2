"""Stills that move: keypoints of a still and of a posed head, and the network that warps the one to the
other."""
