"""The numbers by which pixels are labelled."""

from __future__ import annotations

from gen_avatar.appearance.regions import REGIONS

#: Name of a region → its index in ``REGIONS``.
LABEL = {name: index for index, name in enumerate(REGIONS)}
