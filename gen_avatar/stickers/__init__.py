"""Sticker packs for messengers: pictures and loops that keep to each one's rules.

``platforms`` holds the rules and ``emoji`` the signs; ``artist`` draws, ``framing`` and ``outline`` set a
drawing into its square, ``encode`` writes it, ``search`` finds the best looking file within the limit, and
``pack`` puts a folder together.
"""
