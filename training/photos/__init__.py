"""Photo-like pictures of people who do not exist, with the truth of every pixel: what the parser learns from.

Everything is drawn: GenHead in its natural proportions, skin and eyes as textures, hair and beards as
strands, clothes, hats and glasses as meshes, scenery, light and the faults of cameras.
"""
