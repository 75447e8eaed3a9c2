"""The front of a face as a texture: brows, lashes, lips, folds, spots; every hair a stroke."""

from __future__ import annotations

import cv2
import numpy as np

from training.face_renders import ellipse, polyline, smooth_loop
from training.photos.canvas import ORIGIN, SHIFT, SIZE, TEXELS, FaceCanvas, FaceTexture, fixed
from training.photos.look import FaceLook

#: How far below iBUG's brow points, which follow the ridge of the bone, the hair of a brow begins, cm.
_BROW_DROP = 0.3


def paint_face(anchors: np.ndarray, look: FaceLook) -> FaceTexture:
    """Paint ``look`` round the iBUG landmarks ``anchors`` [68, 3], cm."""
    painter = _Painter(anchors[:, :2].astype(np.float64), look)
    painter.complexion()
    painter.spots()
    painter.folds()
    painter.lips()
    painter.stubble()
    painter.eyes()
    painter.brows()
    height = painter.height
    return FaceTexture(painter.tint, painter.gloss, height, painter.brow, painter.lip, painter.beard)


class _Painter(FaceCanvas):
    def complexion(self) -> None:
        look, p, fair = self.look, self.points, self.fair
        blood = 1 - (0.10 + 0.28 * look.redness) * np.array([0.12, 1.0, 0.85]) * (0.45 + 0.55 * fair)
        wide = self.rng.uniform(0.8, 1.2)
        for side, corner in ((-1, 48), (1, 54)):
            cheek = p[corner] + (1.3 * side, 2.3)
            self.blend(self.spot(ellipse(cheek, 1.7 * wide, 1.2), 0.8), blood, 0.9, True)
            rouge = ellipse(p[corner] + (1.9 * side, 2.6), 1.5, 0.8)
            self.blend(self.spot(rouge, 0.6), (0.98, 0.66, 0.68), 0.8 * look.blush, True)
        self.blend(self.spot(ellipse(p[30] + (0, 0.3), 0.9, 0.8), 0.45), blood, 1.0, True)
        self.blend(self.spot(ellipse(p[8] + (0, 0.9), 1.1, 0.7), 0.5), blood, 0.6, True)
        self.blend(self.spot(ellipse(np.array([0, 8.2]), 3.6, 1.6), 1.3), (1.03, 1.02, 0.98), 0.6, True)
        for center, a, b, amount in (((0, 8.3), 2.6, 1.3, 0.3), ((0, 2.0), 0.5, 2.4, 0.35),
                                     (p[8] + (0, 1.2), 0.8, 0.5, 0.2), (p[30], 0.8, 0.6, 0.3)):  # fmt: skip
            rows, columns, mask = self.spot(ellipse(np.asarray(center, float), a, b), 0.5)
            self.gloss[rows, columns] += amount * look.shine * mask
        brown = np.array([0.78, 0.70, 0.72]) if fair > 0.5 else np.array([0.72, 0.68, 0.70])
        for start in (36, 42):
            eye = p[start : start + 6]
            hollow = smooth_loop(eye.mean(0) + (eye - eye.mean(0)) * (1.3, 2.3))
            self.blend(self.spot(hollow, 0.3), brown, 0.25 + 0.35 * look.circles, True)
            inner = eye[3] if start == 36 else eye[0]
            nook = ellipse(inner + (0, -0.1), 0.55, 0.5)
            self.blend(self.spot(nook, 0.22), (0.80, 0.68, 0.70), 0.35 + 0.3 * look.circles, True)
            bag = ellipse(eye.mean(0) + (0, -1.0), 1.1, 0.3)
            self.blend(self.spot(bag, 0.2), brown, 0.6 * look.circles, True)
            if look.makeup > 0:
                lid = smooth_loop(eye.mean(0) + (0, 0.35) + (eye - eye.mean(0)) * (1.1, 1.6))
                self.blend(self.spot(lid, 0.18), self.ratio(look.eyeshadow), 0.45 * look.makeup)
        for nostril, side in ((31, -1), (35, 1)):
            wing = p[nostril] + (0.45 * side, 0.5)
            self.blend(self.spot(ellipse(wing, 0.2, 0.55), 0.15), blood * (0.9, 0.86, 0.86), 0.8, True)

    def spots(self) -> None:
        """Freckles, moles, blemishes and the spots of age."""
        rng, look = self.rng, self.look
        layers: list[tuple[np.ndarray, tuple[float, ...], float]] = []

        def dots(at: np.ndarray, radius: np.ndarray, alpha: np.ndarray, soft: float) -> np.ndarray:
            mask = np.zeros(SIZE, np.uint8)
            centers, radii = fixed(self.texels(at)), (radius * TEXELS * 2**SHIFT).astype(int)
            for (x, y), r, a in zip(
                centers.tolist(), radii.tolist(), (255 * alpha).astype(int).tolist(), strict=True
            ):
                cv2.circle(mask, (x, y), r, a, -1, cv2.LINE_AA, SHIFT)
            return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft * TEXELS)

        if look.freckles > 0:
            n = int(60 + 520 * look.freckles**1.5)
            at = np.concatenate(
                [rng.normal((0, 1.6), (3.0, 1.3), (n, 2)), rng.normal((0, 3), (4, 4.5), (n // 3, 2))]
            )
            layers.append((dots(at, rng.gamma(4, 0.009, len(at)), rng.uniform(0.2, 0.9, len(at)), 0.02),
                           (0.70, 0.52, 0.42), 0.75))  # fmt: skip
        n = int(22 * look.blemishes)
        if n:
            at = rng.normal((0, -1), (4, 5), (n, 2))
            mask = dots(at, rng.uniform(0.04, 0.16, n), rng.uniform(0.3, 1, n), 0.06)
            layers.append((mask, (0.88, 0.58, 0.56) if self.fair > 0.4 else (0.6, 0.52, 0.52), 0.75))
            self.height += 0.012 * mask
        if look.age == "old":
            n = int(rng.integers(5, 26))
            at = rng.normal((0, 5), (5, 4), (n, 2))
            mask = dots(at, rng.uniform(0.06, 0.3, n), rng.uniform(0.2, 0.7, n), 0.05)
            layers.append((mask, (0.66, 0.52, 0.44), 0.6))
        if look.moles:
            n = look.moles
            at = rng.normal((0, 0), (4, 5), (n, 2))
            mask = dots(at, rng.uniform(0.05, 0.13, n), rng.uniform(0.6, 1, n), 0.025)
            layers.append((mask, (0.30, 0.20, 0.17), 0.9))
            self.height += 0.03 * mask
        for mask, color, strength in layers:
            self.tint *= 1 + strength * (1 - 0.8 * look.makeup) * mask[..., None] * (
                np.array(color, np.float32) - 1
            )

    def folds(self) -> None:
        """Wrinkles, from those that every face has to those of age."""
        rng, p, w = self.rng, self.points, self.look.wrinkles
        fine: list[np.ndarray] = []
        for y in 6.9 + np.cumsum(rng.uniform(0.5, 0.9, rng.integers(3, 6))):
            x = np.linspace(-rng.uniform(2.2, 4.2), rng.uniform(2.2, 4.2), 20)
            wave = 0.1 * np.sin(x * rng.uniform(0.6, 1.2) + rng.uniform(0, 6)) + 0.12 * np.cos(0.9 * x)
            fine.append(np.column_stack([x, y + wave]))
        for corner, side in ((p[36], -1), (p[45], 1)):
            for angle in rng.uniform(-42, 38, 4):
                a, reach = np.radians(angle), rng.uniform(0.8, 1.7)
                t = np.linspace(0.25, 1, 6)[:, None] * reach
                fine.append(
                    corner + (0.2 * side, 0) + t * (side * np.cos(a), np.sin(a)) + 0.12 * t**2 * (0, -1)
                )
        for frown in (-0.55, 0.5):
            fine.append(np.array([[frown, 4.9], [frown * 1.1, 5.6], [frown * 1.3, 6.2]]))
        for start in (36, 42):
            eye = p[start : start + 6].mean(0)
            t = np.linspace(-1.2, 1.2, 12)
            for drop in (0.72, 0.95):
                fine.append(np.column_stack([eye[0] + t, eye[1] - drop + 0.16 * t**2]))
        mask = self.strokes(fine, 0.045)
        patchy = cv2.resize(
            rng.uniform(0.3, 1.2, (16, 12)).astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_CUBIC
        )
        self.crease(mask * patchy, w, 0.05)
        deep = []
        for wing, corner, side in ((p[31], p[48], -1), (p[35], p[54], 1)):
            deep.append(
                polyline(
                    np.array(
                        [
                            wing + (0.45 * side, 0.85),
                            wing + (1.25 * side, -0.2),
                            corner + (0.75 * side, 0.35),
                            corner + (0.7 * side, -0.8),
                        ]
                    )
                )
            )
        self.crease(self.strokes(deep, 0.13), 0.10 + 0.7 * w, 0.12)
        marionette = [
            np.array([p[c], p[c] + (0.3 * s, -0.7), p[c] + (0.35 * s, -1.5)]) for c, s in ((48, -1), (54, 1))
        ]
        self.crease(self.strokes(marionette, 0.09), 0.8 * w, 0.09)

    def lips(self) -> None:
        rng, look, p = self.rng, self.look, self.points
        spot = self.spot(smooth_loop(p[48:60]), 0.05 + 0.06 * rng.random())
        rows, columns, mask = spot
        self.lip[rows, columns] = mask
        self.blend(spot, self.ratio(look.lip), 0.9 if look.lipstick else rng.uniform(0.7, 0.95))
        if look.lipstick:
            self.blend(self.spot(smooth_loop(p[48:60]), 0.045), self.ratio(look.lip), 0.9 * look.lipstick)
        columns_noise = rng.standard_normal((6, mask.shape[1] // 3 + 1)).astype(np.float32)
        lines = cv2.resize(columns_noise, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
        self.tint[rows, columns] *= (1 + 0.07 * mask * lines)[..., None]
        self.height[rows, columns] += 0.008 * mask * lines
        self.gloss[rows, columns] += mask * (
            0.15 + 0.35 * look.shine + 0.25 * (look.lipstick > 0.6) * rng.random()
        )
        # The lips' dry rim, and the line where they meet, which is dark even when they are closed.
        up = np.array([0, 0.045])
        line = np.concatenate([p[60:65] + up, p[64:68] - up, p[60:61] - up])
        self.blend(self.spot(line, 0.045), (0.30, 0.16, 0.16), 0.8, True)
        for corner, side in ((48, -1), (54, 1)):
            self.blend(
                self.spot(ellipse(p[corner] + (-0.05 * side, 0.02), 0.2, 0.1), 0.08),
                (0.5, 0.4, 0.4),
                0.6,
                True,
            )

    def stubble(self) -> None:
        look, p, rng = self.look, self.points, self.rng
        if look.stubble <= 0:
            return
        low, cheek = rng.uniform(-10, -8.7), rng.uniform(-0.6, 0.5)
        half = np.array([(0, p[33][1] - 0.15), (1.0, p[33][1] - 0.45), (2.3, p[54][1] + 1.1),
                         (3.6, -1.9 + cheek), (5.6, -0.2 + cheek), (6.6, 1.8), (9, 2.0),
                         (9, low), (0, low)])  # fmt: skip
        outline = np.concatenate([half, (half * (-1, 1))[::-1]])
        rows, columns, mask = self.spot(outline, 0.4)
        area = np.zeros(SIZE, np.float32)
        area[rows, columns] = mask
        # The texture's border goes on over the neck, which stays bare.
        area *= np.clip(np.arange(SIZE[0]) / (0.7 * TEXELS), 0, 1).astype(np.float32)[:, None]
        # Thin under the lower lip's corners and on the cheeks, full on the chin and above the lip.
        for x in (-1.5, 1.5):
            rows, columns, mask = self.spot(ellipse(np.array([x, p[57][1] - 0.35]), 0.5, 0.4), 0.2)
            area[rows, columns] *= 1 - 0.6 * mask
        area *= 1 - np.clip(self.lip * 1.5, 0, 1)
        self.beard = area * look.stubble
        self.height += self.beard * 0.004 * rng.standard_normal(SIZE).astype(np.float32)

    def eyes(self) -> None:
        """Folds, rims and lashes of the lids."""
        rng, look, p = self.rng, self.look, self.points
        hair = self.ratio(np.array(look.hair) * 0.5)
        ink = np.minimum(hair, self.ratio((0.10, 0.08, 0.08))) if look.lashes > 0.6 else hair
        upper_strokes: list[np.ndarray] = []
        lower_strokes: list[np.ndarray] = []
        for start in (36, 42):
            eye = p[start : start + 6]
            outward = -1 if start == 36 else 1
            upper, lower = polyline(eye[:4]), polyline(np.concatenate([eye[3:], eye[:1]]))
            fold = upper[2:-1] + (0, rng.uniform(0.28, 0.42))
            self.blend(self.spot(np.concatenate([fold, fold[::-1] - (0, 0.05)]), 0.045), (0.55, 0.44, 0.42),
                        0.3 + 0.5 * look.crease, True)  # fmt: skip
            thick = 0.05 + 0.10 * look.lashes
            self.blend(self.spot(np.concatenate([upper + (0, thick), upper[::-1] - (0, 0.08)]), 0.025), ink,
                        0.45 + 0.5 * look.lashes)  # fmt: skip
            rim = np.concatenate([lower + (0, 0.05), lower[::-1] - (0, 0.05)])
            self.blend(self.spot(rim, 0.03), (0.86, 0.60, 0.60), 0.6, True)
            shade = np.concatenate([lower - (0, 0.02), lower[::-1] - (0, 0.12)])
            self.blend(self.spot(shade, 0.04), ink, 0.12 + 0.3 * look.lashes)
            rows = ((upper, 1, 0.13 + 0.2 * look.lashes, upper_strokes),
                    (lower, -1, 0.1 + 0.06 * look.lashes, lower_strokes))  # fmt: skip
            for curve, sign, reach, out in rows:
                for t in rng.uniform(0.04, 0.98, int(26 + 40 * look.lashes)):
                    root = curve[int(t * (len(curve) - 1))]
                    splay = (root[0] - eye[:, 0].mean()) / 1.3 + 0.2 * outward + rng.normal(0, 0.15)
                    tip = reach * rng.uniform(0.6, 1.1) * np.array([1.1 * splay, sign * rng.uniform(0.4, 1)])
                    out.append(np.array([root, root + 0.5 * tip + (0, -0.03), root + tip]))
            if look.makeup > 0.5:
                wing = eye[0] if start == 36 else eye[3]
                liner = np.concatenate(
                    [upper + (0, 0.07), upper[::-1] - (0, 0.05), [wing + (0.25 * outward, 0.14)]]
                )
                self.blend(self.spot(liner, 0.03), ink, 0.5 * look.makeup)
        for strokes, alpha in (
            (upper_strokes, 0.2 + 0.4 * look.lashes),
            (lower_strokes, 0.1 + 0.25 * look.lashes),
        ):
            cover = self.strokes(strokes)[..., None] * np.float32(alpha)
            self.tint += cover * (ink.astype(np.float32) - self.tint)

    def brows(self) -> None:
        rng, look, p = self.rng, self.look, self.points
        color = self.ratio(look.hair).astype(np.float32)
        strokes: list[np.ndarray] = []
        fill = np.zeros(SIZE, np.float32)
        lift, gap = rng.normal(-_BROW_DROP, 0.12), rng.normal(0, 0.12)
        slender = rng.uniform(0.35, 0.6)
        for start, side in ((17, -1), (22, 1)):
            edge = p[start : start + 5] if side > 0 else p[start : start + 5][::-1]
            edge = polyline(edge + (gap * side, lift))[: -int(rng.integers(1, 4))]
            along = np.linspace(0, 1, len(edge))
            edge = edge + np.column_stack(
                [0 * along, look.brow_arch * np.sin(np.pi * np.clip(along * 1.1, 0, 1))]
            )
            width = look.brow_thickness * (1 - slender * along) * (1 - 0.9 * np.clip(along - 0.8, 0, 1) / 0.2)
            width = width * (0.5 + 0.5 * np.clip(along / 0.25, 0, 1))
            rows, columns, mask = self.spot(
                np.concatenate([edge, (edge - np.column_stack([0 * along, width]))[::-1]]), 0.11
            )
            # The inner end is thin: no brow begins with an edge.
            across_x = (np.arange(columns.start, columns.stop) / TEXELS + ORIGIN[0] - edge[0, 0]) * side
            mask *= np.clip(0.15 + across_x / 1.1, 0, 1).astype(np.float32)
            fill[rows, columns] = np.maximum(fill[rows, columns], mask)
            n = int(90 + 330 * look.brow_density * (0.5 + look.brow_thickness))
            t, across = rng.beta(1.45, 1.15, n), rng.random(n)
            index = (t * (len(edge) - 1)).astype(int)
            roots = edge[index] - np.column_stack([0 * t, width[index] * across])
            roots = (
                roots
                + rng.normal(0, 0.03, (n, 2))
                + rng.normal(0, 1, (n, 2)) * (0.12 * np.exp(-t / 0.08))[:, None]
            )
            # Hairs rise at the nose, lie along the brow farther out, and those of the upper edge point down.
            tilt = np.radians(np.interp(t, (0, 0.2, 0.55, 1), (82, 48, 12, -28)) + 26 * (across - 0.5))
            tilt += rng.normal(0, 0.16, n)
            length = rng.uniform(0.28, 0.62, n) * (0.75 + 0.35 * look.brow_thickness) * (1 - 0.35 * t)
            step = np.column_stack([side * np.cos(tilt), np.sin(tilt)]) * length[:, None]
            bend = np.column_stack([0.12 * side * length, -0.10 * length])
            strokes += list(np.stack([roots, roots + 0.5 * step, roots + step + bend], 1))
        if look.brow == "monobrow":
            rows, columns, mask = self.spot(ellipse(np.array([0, 5.35]), 0.75, 0.2), 0.16)
            fill[rows, columns] = np.maximum(fill[rows, columns], rng.uniform(0.4, 0.9) * mask)
            n = int(rng.integers(60, 160))
            roots = np.column_stack([rng.normal(0, 0.6, n), rng.uniform(5.0, 5.7, n)])
            steps = np.column_stack(
                [rng.normal(0, 0.12, n) + 0.25 * np.sign(roots[:, 0]), rng.uniform(0.12, 0.32, n)]
            )
            strokes += list(np.stack([roots, roots + steps], 1))
        cut = int(len(strokes) * 0.55)
        rng.shuffle(strokes)  # type: ignore[arg-type]
        cover = np.maximum(self.strokes(strokes[:cut]), 0.6 * self.strokes(strokes[cut:]))
        drawn = look.brow == "drawn"
        base = fill * look.brow_density * (0.75 if drawn else 0.42)
        alpha = 1 - (1 - base) * (1 - cover * (0.35 if drawn else 0.45 + 0.4 * look.brow_density))
        self.tint += alpha[..., None] * (color - self.tint)
        self.gloss -= 0.2 * alpha
        self.height += 0.02 * cv2.GaussianBlur(cover, (0, 0), 1)
        dense = cv2.GaussianBlur(cover, (0, 0), 0.08 * TEXELS)
        self.brow = np.maximum(np.clip(dense * 1.6, 0, 1), fill * (0.4 + 0.6 * look.brow_density))
