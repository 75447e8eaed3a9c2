"""The 3D character: built once a person, posed once a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from gen_avatar.character import eyes, face, paint
from gen_avatar.character.camera import frame, squash, squashed
from gen_avatar.character.colors import Colors, colors
from gen_avatar.character.design import Proportions
from gen_avatar.character.drawn_mouth import HOLE, HOLE_FACES, LIPS, DrawnMouth
from gen_avatar.character.kinematics import (
    add_shapes,
    draw_in_far_brow,
    drawn_weights,
    meeting_gaze,
    turn_head,
)
from gen_avatar.character.lids import opening, tame_eyes
from gen_avatar.character.lips import added_height, close_lips
from gen_avatar.character.margins import Margins, calm_jaw
from gen_avatar.character.marks import marked
from gen_avatar.character.mesh import (
    EYE_LEFT,
    EYE_RIGHT,
    PART_INDEX,
    PLAIN,
    SKIN,
    AssetMesh,
    Block,
    CharacterMesh,
    Drawn,
    PosedMesh,
)
from gen_avatar.character.neck import Neck, neck_follow, neck_share
from gen_avatar.character.palette import mix
from gen_avatar.character.placing import Silhouette
from gen_avatar.character.proportions import StylizedHead, stylize
from gen_avatar.character.props import covers_eyes, make_props, moved_asset, shuts_eyes
from gen_avatar.character.raster import vertex_normals
from gen_avatar.character.shadow import eye_shadow
from gen_avatar.character.strokes import unit
from gen_avatar.character.surface import (
    FrontIndex,
    Laplacian,
    bound,
    closed_pieces,
    nearest_binding,
)
from gen_avatar.character.turning import NECK_PIVOT, drawn_rotation, nod_shift, rotation_matrix, turned
from gen_avatar.character.wardrobe import (
    SCALPS,
    SIDEBURNED,
    Wardrobe,
    scalp_mask,
    scalp_paint,
    sideburn_mask,
    stubble_mask,
)
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.ratios import limited
from gen_avatar.types import ARKIT_52, Character

#: Heat flow that the normals of the drawn skin go through, cm²: light falls in shapes, not on every fold.
NORMAL_FLOW = 0.1
#: Poses in which a head must fit into its picture: (yaw, pitch, roll), degrees.
FRAMED = [(yaw, pitch, 0.0) for yaw in (-40.0, 0.0, 40.0) for pitch in (-25.0, 0.0, 25.0)]
FRAMED += [(0.0, 0.0, -12.0), (0.0, 0.0, 12.0)]
#: Identity opens lips that are closed on the mean head by no more than this, cm.
LARGEST_GAP = 0.2
#: Brows are drawn as if they lay this much nearer to the camera, cm: skin piled up never cuts them.
_BROW_LIFT = 0.35
#: How much of the skin's colour is in the crease above a lid: darker, it would be a line for itself.
_CREASE_SKIN = 0.35
#: How much of the beard's colour the skin takes on where stubble is densest.
STUBBLE_TONE = 0.40
#: Blocks that figures in other programs are made of; in pictures the drawn mouth takes their place.
_EXPORTED = ("mouth", "teeth", "tongue")
_INDEX = {name: i for i, name in enumerate(ARKIT_52)}
_BLINKS = [_INDEX["eyeBlinkLeft"], _INDEX["eyeBlinkRight"]]
_FROWNS = [_INDEX["browDownLeft"], _INDEX["browDownRight"]]


class CharacterModel:
    """Everything that does not depend on the person: the stylised head, its paint, the wardrobe."""

    def __init__(
        self, head: MorphableHead, wardrobe: Wardrobe | None = None, design: Proportions | None = None
    ) -> None:
        """``wardrobe`` may be left out: then everybody is bald and bare."""
        self.wardrobe = wardrobe
        self.head: StylizedHead = stylize(head, design)
        laplacian = Laplacian.of(self.head.mean, self.head.triangles)
        self._calm = laplacian.smoother(np.full(len(self.head.mean), NORMAL_FLOW))
        self.front = FrontIndex(self.head.rest, self.head.triangles)
        plain = paint.paint_map(self.head.landmarks)
        shadow = eye_shadow(self.head.rest, self.head.mean, self.head.eyes[0].upper)

        def with_marks(*marks: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            own = marked(plain, self.head.landmarks, shadow, *marks)
            bare = paint.without_lips(own)
            return own, bare, paint.detail_map(own)

        # Maps of people with like marks are shared; there are few that anybody meets at once.
        self._marked = lru_cache(maxsize=32)(with_marks)
        self._stubble = STUBBLE_TONE * stubble_mask(self.head.rest)[:, None]
        self._sideburns = sideburn_mask(self.head.rest, self.head.landmarks)[:, None]
        self._scalp = {k: scalp_mask(self.head.rest, self.head.landmarks, k)[:, None] for k in SCALPS}
        self._mouth = DrawnMouth(self.head.landmarks, self.front, self.head.rest)
        self._margins = Margins(self.head.landmarks, self.front, self.head.rest)
        self._opening = np.array([opening(self.head.mean, eye) for eye in self.head.eyes])
        self._ball, self._ball_triangles = eyes.ball_grid()
        self._teeth, self._teeth_triangles = face.teeth_grid()
        self._lips = [
            int(np.argmin(np.linalg.norm(self.head.rest - self.head.landmarks[k], axis=1))) for k in (62, 66)
        ]
        self._nose = [
            int(np.argmin(np.linalg.norm(self.head.rest - self.head.landmarks[k], axis=1))) for k in (30, 33)
        ]
        self._landmarks = nearest_binding(self.head.landmarks, self.head.rest)
        self._chin = nearest_binding(self.head.landmarks[57:58], self.head.rest)
        self._jaw = nearest_binding(self.head.landmarks[8:9], self.head.rest)
        self._neck = neck_share(self.head.rest, self.head.follow)
        self._follow = neck_follow(self.head.follow)
        self._corners = [nearest_binding(self.head.landmarks[k : k + 1], self.head.rest) for k in (48, 54)]

    @classmethod
    def from_pretrained(cls, root: str | Path) -> CharacterModel:
        """Load the head and the wardrobe below ``root`` (the folder of checkpoints).

        Raises:
            WeightsError: a file is missing or damaged.
        """
        root = Path(root)
        return cls(MorphableHead.from_pretrained(root / "head"), Wardrobe.from_pretrained(root / "assets"))

    def build(self, character: Character, props: Sequence[str] = ()) -> CharacterMesh:
        """Make the mesh of a person, with ``props`` (names of ``PROPS``) of what they are about to do."""
        head, d = self.head, self.head.design
        identity = limited(character.identity[: len(head.identity)], head.traits)
        neutral = head.mean + np.tensordot(identity, head.identity[: len(identity)], 1)
        centers = np.stack([eye.center for eye in head.eyes])
        centers = centers + np.tensordot(identity, head.eye_identity[: len(identity)], 1)
        # Everybody has a nose to see: one that hardly stands out is blown up.
        nose, lip = neutral[self._nose[0], 2], neutral[self._nose[1], 2]
        neutral = neutral + np.float32(max(0.0, d.nose_least - float(nose - lip))) * head.button
        neutral = head.moderation(tame_eyes(neutral, head.mean, head.eyes, centers))
        close_lips(neutral, head.triangles, head.lip_side, d.lip_overlap, widest=LARGEST_GAP)
        self._clear_eyes(neutral, centers)
        assets, neck = [], None
        if self.wardrobe is not None:
            neck = Neck.of(self._neck, *self.wardrobe.collar(neutral))
            worn = character.appearance
            if "sunglasses" in props:
                worn = replace(worn, glasses_style="sun-square")
            assets = self.wardrobe.attach(worn, neutral, head.triangles)
            neck.tuck(neutral)
        chin = float(bound(neutral, self._landmarks)[8, 1])
        crown = float(neutral[head.follow > 0, 1].max())
        share = squash([a.vertices for a in assets if a.follow], crown)
        assets = [replace(a, vertices=squashed(a.vertices, crown, share)) for a in assets]
        whole = np.concatenate([neutral] + [a.vertices for a in assets if a.follow])
        camera = frame(whole, chin, crown, [turned(whole, drawn_rotation(r)) for r in FRAMED])
        seam = (neutral[self._lips[0]] + neutral[self._lips[1]]) / 2
        if props:
            head_shape = Silhouette.of(whole, NECK_PIVOT, camera)
            assets = assets + make_props(props, neutral, centers, d.eye_radius, camera, head_shape, seam)
        look = character.appearance
        palette = colors(look)
        brows = face.brows(character.appearance.brow_style, head.landmarks, self.front)
        mirrored = [bound(neutral, c)[0] * [-s, 1, 1] for c, s in zip(self._corners, (1, -1), strict=True)]
        corner = sum(mirrored) / 2
        mouth = face.MouthFit(seam * [0, 1, 1], float(corner[0]), float(seam[2] - corner[2]))
        tone, kind = scalp_paint(look.hair_style, look.headwear_style)
        skin_color = palette.paint[0] + tone * self._scalp[kind] * (palette.roles["hair"] - palette.paint[0])
        if look.beard_style == "stubble" or look.beard_style in SIDEBURNED:
            beard = self._stubble if look.beard_style == "stubble" else self._sideburns
            skin_color = skin_color + beard * (palette.roles["stubble"] - skin_color)
        blocks = self._blocks(palette, skin_color, brows, assets)
        skin_paint, bare, detail = self._marked(look.makeup_style, look.freckles, look.mole, look.age)
        start = np.cumsum([0] + [b.count for b in blocks])

        def vertex(values: Sequence[np.ndarray | float | None], width: int) -> np.ndarray:
            rows = [
                np.broadcast_to(np.float32(0) if v is None else v, (b.count, width))
                for v, b in zip(values, blocks, strict=True)
            ]
            return np.concatenate(rows).astype(np.float32)

        follow = [np.reshape(b.follow, (-1, 1)) for b in blocks]
        triangles = np.concatenate([b.triangles + s for b, s in zip(blocks, start, strict=False)])
        triangles = triangles.astype(np.int32)
        part = np.concatenate([np.full(len(b.triangles), PART_INDEX[b.part], np.int8) for b in blocks])
        surface = np.concatenate([np.full(len(b.triangles), b.surface, np.int8) for b in blocks])
        closed = np.concatenate(
            [np.full(len(b.triangles), b.surface == SKIN) for b in blocks if b.name != "asset"]
            + [closed_pieces(a.vertices, a.triangles) for a in assets]
        )
        seen = np.concatenate([np.full(len(b.triangles), b.name not in _EXPORTED) for b in blocks])
        return CharacterMesh(
            character=character,
            neutral=neutral,
            eye_centers=centers.astype(np.float32),
            openings=np.array([opening(neutral, eye) for eye in head.eyes]) / self._opening,
            colors=palette,
            paint=skin_paint,
            bare=bare,
            detail=detail,
            brows=brows,
            under_brows=head.triangles[
                np.isin(head.triangles, np.concatenate([b.binding[0] for b in brows])).any(1)
            ],
            assets=assets,
            mouth=mouth,
            lips=self._mouth.rest(neutral, added_height(look)),
            neck=neck,
            blocks=blocks,
            triangles=triangles,
            part=part,
            surface=surface,
            closed=closed,
            nowhere=[np.zeros((b.count, 3), np.float32) for b in blocks if b.name in _EXPORTED],
            drawn=Drawn(*(own[seen] for own in (triangles, part, surface, closed))),
            color=vertex([b.color if b.painted is None else b.painted for b in blocks], 3),
            local=vertex([b.local for b in blocks], 3),
            tangent=vertex([b.tangent for b in blocks], 3),
            follow=vertex(follow, 1),
            lift=vertex([b.lift for b in blocks], 1)[:, 0],
            camera=camera,
        )

    def pose(
        self,
        mesh: CharacterMesh,
        expression: np.ndarray,
        gaze: np.ndarray,
        rotation: Sequence[float] | np.ndarray,
        whole: bool = False,
        eased: bool = True,
    ) -> PosedMesh:
        """Pose a person.

        Args:
            mesh: from :meth:`build`.
            expression: [52] ARKit weights in [0, 1].
            gaze: [2, 2] (yaw, pitch) of the left and right eye, degrees.
            rotation: (yaw, pitch, roll) of the head, degrees.
            whole: as figures in other programs are: a mouth to look into, nothing done for one camera only.
            eased: far turns are drawn as those of pictures are, see :func:`drawn_rotation`.
        """
        head, d = self.head, self.head.design
        rotation = drawn_rotation(rotation) if eased and not whole else rotation
        gaze = meeting_gaze(np.asarray(gaze, np.float32))
        expression = np.asarray(expression, np.float32)
        covered = any(covers_eyes(asset) for asset in mesh.assets)
        if any(shuts_eyes(asset) for asset in mesh.assets):
            # Nothing white shows past dark lenses and hearts from the side, and sleepers sleep.
            expression = expression.copy()
            expression[_BLINKS] = 1.0
        weights, arcs = drawn_weights(expression, gaze, mesh.openings)
        turn = rotation_matrix(rotation)
        calm_jaw(weights, turn[2])
        skin = mesh.neutral.copy()
        add_shapes(skin, weights, head.expression)
        add_shapes(skin, arcs, head.arcs)
        self._clear_eyes(skin, mesh.eye_centers)
        mouth = self._mouth.points(skin, weights, mesh.lips, turn[2])
        if not whole:
            self._margins.keep(mouth, LIPS, skin, turn[2])
        moved = skin - mesh.neutral
        normals = vertex_normals(skin, mesh.under_brows)

        openings = np.array([opening(skin, eye) for eye in head.eyes])
        closed = (1 - openings / (mesh.openings * self._opening)).clip(0, 1)
        # Where lids have come down, eyes rest on the lower ones.
        down = [eyes.lowered(skin, mesh.neutral, eye) for eye in head.eyes]
        looks, shut = gaze - [0, eyes.DROOP * sum(down) / 2], closed.tolist()
        balls = [
            eyes.pose_eye(self._ball, center, skin[eye.upper], looks[side], d, shut[side], down[side])
            for side, (eye, center) in enumerate(zip(head.eyes, mesh.eye_centers, strict=True))
        ]
        pieces = [skin]
        # Beside the rims of glasses wings would be specks.
        worn = mesh.character.appearance
        winged = worn.makeup_style in ("liner", "glam") and worn.glasses_style == "none"
        for side, ball in enumerate(balls):
            lids, center = head.eyes[side], mesh.eye_centers[side]
            arc, frown = arcs[side] / mesh.openings[side], weights[_FROWNS[side]]
            # Behind what covers the eyes, ends of lines would stick out: they come to nothing.
            lines = eyes.lid_lines(skin, mesh.neutral, lids, center, arc, closed[side], frown, winged)
            pieces += [ball.points, np.tile(center, (len(lines), 1)) if covered else lines]
        pieces += [brow.points(skin, normals) for brow in mesh.brows]
        if whole:
            jaw, chin = (bound(moved, binding)[0] for binding in (self._jaw, self._chin))
            loop = skin[head.mouth_loop]
            pieces += face.inner_mouth(loop, self._teeth, mesh.mouth, jaw, chin, expression)
        else:
            pieces += mesh.nowhere
        first = sum(map(len, pieces))
        mouth_rows = slice(first, first + len(mouth))
        pieces.append(mouth)
        for asset in mesh.assets:
            pieces.append(moved_asset(asset, moved, turn[2]))
        points = np.concatenate(pieces).astype(np.float32)

        if not whole:
            beyond = len(skin) + sum(len(ball.points) + 3 * eyes.LINE_COUNT for ball in balls)
            # Eyes stay the rigid balls that they are.
            for part in (points[: len(skin)], points[beyond:]):
                draw_in_far_brow(part, turn[2])
            self._margins.keep_glasses(points, mesh.blocks, turn[2])
        tangent = turn_head(points, mesh.tangent, mesh.follow, turn, NECK_PIVOT, nod_shift(rotation))
        if mesh.neck is not None:
            mesh.neck.tuck(points[: len(skin)], rotation)
        local, shade = mesh.local.copy(), np.zeros(len(points), np.float32)
        start = len(skin)
        for ball in balls:
            local[start : start + len(ball.points)] = ball.local
            shade[start : start + len(ball.points)] = ball.shade
            start += len(ball.points) + 3 * eyes.LINE_COUNT
        shown = mesh if whole else mesh.drawn
        drawn = vertex_normals(points, shown.triangles)
        drawn[mouth_rows][HOLE] = turn @ HOLE_FACES
        lift = mesh.lift.copy()
        lift[mouth_rows] = self._mouth.lifts(mouth, turn[2])
        drawn[: len(skin)] = unit(self._calm(drawn[: len(skin)]))
        return PosedMesh(
            points=points,
            normals=drawn,
            triangles=shown.triangles,
            part=shown.part,
            surface=shown.surface,
            closed=shown.closed,
            color=mesh.color,
            tangent=tangent,
            local=local,
            shade=shade,
            lift=lift,
            catch=np.stack([ball.catch for ball in balls]),
            colors=mesh.colors,
            paint=mesh.bare,
            detail=mesh.detail,
            iris=(d.iris_radius / d.eye_radius, d.pupil_share * d.iris_radius / d.eye_radius),
            camera=mesh.camera,
        )

    def _clear_eyes(self, skin: np.ndarray, centers: np.ndarray) -> None:
        for eye, center in zip(self.head.eyes, centers, strict=True):
            eyes.push_lids(skin, eye, center, self.head.design.eye_radius)

    def _blocks(
        self, palette: Colors, skin_color: np.ndarray, brows: list[face.Brow], assets: list[AssetMesh]
    ) -> list[Block]:
        """The pieces of the mesh, in the order in which :meth:`pose` makes their vertices."""
        head = self.head
        count = len(head.mean)
        skin = _above_shoulders(head)
        blocks = [Block("skin", count, skin, "skin", SKIN, skin_color, head.rest, None, self._follow)]
        crease = mix(palette.paint[3], palette.paint[0], _CREASE_SKIN)
        lines = (
            ("lash", palette.lash, eyes.LINE_LIFT),
            ("lash", palette.lower_lash, eyes.LINE_LIFT),
            ("skin", crease, eyes.CREASE_LIFT),
        )
        stroke = (eyes.LINE_COUNT, eyes.lash_triangles())
        for surface in (EYE_LEFT, EYE_RIGHT):
            white = palette.paint[6]
            blocks.append(Block("eye", len(self._ball), self._ball_triangles, "eye", surface, white))
            for part, color, lift in lines:
                blocks.append(Block("line", *stroke, part, PLAIN, color, lift=lift))
        for brow in brows:
            strand = brow.strand()
            tangent = np.tile(np.array([brow.side, -0.2, -0.3], np.float32), (len(strand), 1))
            shape = (len(strand), brow.triangles(brow.side), "brow", PLAIN, palette.roles["brow"])
            blocks.append(Block("brow", *shape, strand, tangent, lift=_BROW_LIFT))
        bag = face.bag_triangles(len(head.mouth_loop))
        blocks.append(Block("mouth", int(bag.max()) + 1, bag, "mouth", PLAIN, palette.mouth))
        for corners in (self._teeth_triangles, self._teeth_triangles[:, ::-1]):
            blocks.append(Block("teeth", len(self._teeth), corners, "teeth", PLAIN, palette.teeth))
        tongue = face.tongue_triangles()
        blocks.append(Block("tongue", int(tongue.max()) + 1, tongue, "tongue", PLAIN, palette.tongue))
        beside, (lip, crease, line) = palette.roles["beside lips"], palette.paint[[1, 3, 5]]
        blocks += self._mouth.blocks(beside, lip, crease, line, palette.mouth, palette.teeth, palette.tongue)
        for asset in assets:
            color, count = palette.roles[asset.color_role], len(asset.vertices)
            worn = (asset.triangles, asset.part, PLAIN, color, asset.strand, asset.tangent, asset.follow,
                    asset.lift)  # fmt: skip
            blocks.append(Block("asset", count, *worn, painted=palette.painted(asset.color_role, asset.tone)))
        return blocks


def _above_shoulders(head: StylizedHead) -> np.ndarray:
    """Triangles of the skin down to where the collar covers it."""
    low = head.rest[:, 1] + 0.35 * head.rest[:, 2] < -13.0
    return head.triangles[~low[head.triangles].all(1)]
