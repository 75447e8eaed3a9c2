"""The wardrobe's modelling: hair, beards, glasses and cloth drawn by code on the mean emoji head."""
