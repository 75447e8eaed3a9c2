"""What a person looks like, read from one photo: hair, beard, glasses, headwear, colours.

A network parses the photo into regions and answers what is worn; colours are measured in its regions, under
the light taken out. Each attribute comes with a confidence; where the photo does not tell (greyscale, sepia,
too small, covered), the confidence is 0 and the value is a neutral guess.
"""

from gen_avatar.appearance.estimate import Reading, estimate_appearance

__all__ = ["Reading", "estimate_appearance"]
