"""What a person looks like, read from one photo: colours, hair, beard, glasses.

Classical measurements, no learnt weights: upright crops by the landmarks, robust colour statistics in
CIE Lab, a GrabCut for the hair. Each attribute comes with a confidence; where the photo does not tell
(greyscale, sepia, too small, covered), the confidence is 0 and the value is ``Appearance``'s default.
"""

from gen_avatar.appearance.estimate import estimate_appearance

__all__ = ["estimate_appearance"]
