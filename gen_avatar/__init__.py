"""gen_avatar: one selfie becomes a personal emoji."""

__version__ = "0.1.0"
