"""The wardrobe: hair, beards, glasses and cloth modelled once on the mean emoji head, fitted to any person.

wardrobe = Wardrobe.from_pretrained("checkpoints/assets")
meshes = wardrobe.attach(appearance, neutral, head.triangles)     # list[AssetMesh]
tone = stubble_mask(head.rest)           # stubble and cropped hair are painted, not worn
"""

from gen_avatar.character.wardrobe.garments import Garment, Wardrobe
from gen_avatar.character.wardrobe.scalp import SCALPS, scalp_mask, scalp_paint
from gen_avatar.character.wardrobe.stubble import SIDEBURNED, sideburn_mask, stubble_mask

__all__ = [
    "SCALPS",
    "SIDEBURNED",
    "Garment",
    "Wardrobe",
    "scalp_mask",
    "scalp_paint",
    "sideburn_mask",
    "stubble_mask",
]
