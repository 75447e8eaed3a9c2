"""Warper: a still, its keypoints and those of the moment to show, to the picture of that moment.

First-order motion (Siarohin et al., NeurIPS 2019) with keypoints that are given: each patch of the face says
how its surroundings move, a network at a quarter of the size decides whom to believe where, occlusion maps at
three sizes say what the source cannot show, and a decoder paints that: the inside of the mouth, shut lids,
what the head uncovers. What the source does show is copied from it, so that any way of drawing is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from gen_avatar.generator import winograd
from gen_avatar.warp.hull import SCALES, Hulls, cameras, hulls
from gen_avatar.warp.lids import off_the_eyes, shutting
from gen_avatar.warp.motion import (
    MAPS,
    blended,
    facing,
    first_order,
    grid,
    group_blobs,
    nearness,
    sample,
    slot_motion,
)
from gen_avatar.warp.points import COUNT, GROUPS, PATCH, KeypointPlan

#: Channels of what the motion network answers.
_ANSWERS = (COUNT + 1, 2, 3, len(SCALES))
#: Side of the dense motion, as a share of the picture's.
COARSE = 4
#: Displacements are fed to the network in this unit of the side.
_UNIT = 0.05
#: How far the network may overrule nearness (logits) and correct the flow (shares of the side).
_SWAY, _HULL_SWAY, _REACH = 4.0, 8.0, 0.08
#: How fast the say of a keypoint falls with the squared distance at first, and the distance from where on the
#: background has more, shares of the side.
_POWER, _FAR = 2.0, 0.4
#: How much less is heard of a keypoint that is turned away (power of how much of it is seen), and the
#: least that counts as seen.
_SILENCE, _LEAST = 4.0, 0.03
#: The say of the hulls at first, how fast it falls beyond their outline, and from how far below their middle
#: on and how fast there, where shoulders begin that do not turn with the head.
_HULLS, _FALL, _LOW, _SINK = (8.0, 9.0, 6.0), 12.0, 0.5, 10.0
_SLOPE = 0.1
Layer = TypeVar("Layer", bound=nn.Module)


@dataclass(frozen=True)
class SourceFeatures:
    """What is computed once for a still, a batch of B.

    Attributes:
        image: [B, 4, H, W] premultiplied, in [0, 1]; coarse: the same at a quarter of the size.
        fine, middle, deep: features at the full, half and quarter size.
        points: [B, K, 1 + P, 2]; blobs: [B, G, H / 4, W / 4].
    """

    image: Tensor
    coarse: Tensor
    fine: Tensor
    middle: Tensor
    deep: Tensor
    points: Tensor
    blobs: Tensor

    def expand(self, count: int) -> SourceFeatures:
        """One still as the source of ``count`` moments."""
        return replace(
            self, **{f.name: getattr(self, f.name).expand(count, -1, -1, -1) for f in fields(self)}
        )


@dataclass(frozen=True)
class Warped:
    """A moment.

    Attributes:
        picture: [B, 4, H, W] premultiplied, not clipped.
        flow: [B, H, W, 2] where in the source each place was, in [0, 1].
        keep: [B, 1, H, W] how much is copied from there; the rest is ``painted``.
        painted: [B, 4, H, W].
        coarse_flow: [B, H / 4, W / 4, 2].
    """

    picture: Tensor
    flow: Tensor
    keep: Tensor
    painted: Tensor
    coarse_flow: Tensor


class _Plain(nn.Conv2d):
    """3×3 convolution, of one picture on the CPU by :mod:`gen_avatar.generator.winograd`."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride, 1)
        self._prepared = winograd.Prepared(winograd.transformed)

    def forward(self, x: Tensor, leak: float = 1.0) -> Tensor:
        """[B, I, H, W] to [B, O, H / stride, W / stride], of whose negative numbers so much is ``leak``ed."""
        if self.stride == (1, 1) and winograd.pays(self.weight) and winograd.fits(x):
            assert self.bias is not None
            return winograd.convolve(x, self._prepared.of(self.weight), self.bias, leak)
        x = super().forward(x)
        return x if leak == 1 else F.leaky_relu_(x, leak)


class _Conv(nn.Sequential):
    """Convolution and leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(_Plain(inputs, outputs, stride))

    def forward(self, x: Tensor) -> Tensor:
        layer = self[0]
        return layer(x, _SLOPE)


def zeroed(layer: Layer) -> Layer:
    """A layer that answers 0 at first."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Conv(channels, channels)
        self.second = zeroed(_Plain(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


class _Around(nn.Module):
    """What lies farther around, seen at half the size."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.inward = nn.Sequential(_Conv(channels, inner, 2), _Residual(inner))
        self.outward = zeroed(_Plain(inner, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + _doubled(self.outward(self.inward(x)))


class Warper(ModelMixin, ConfigMixin):
    """See the module.

    Args:
        fine, middle, deep: channels of the source's features at the full, half and quarter size.
        motion: channels of the motion network at a quarter of the size.
    """

    layout: Tensor
    places: Tensor

    @register_to_config
    def __init__(self, fine: int = 8, middle: int = 24, deep: int = 64, motion: int = 48) -> None:
        super().__init__()
        self.encode_fine = _Conv(4 + MAPS, fine)
        self.encode_middle = nn.Sequential(_Conv(fine, middle, 2), _Conv(middle, middle))
        self.encode_deep = nn.Sequential(_Conv(middle, deep, 2), _Conv(deep, deep))

        inputs = 4 + 4 + 2 * len(GROUPS) + 2 + MAPS + 1 + (4 + 2) * len(SCALES)
        self.motion_in = _Conv(inputs, motion)
        self.motion_down = nn.ModuleList(
            [
                nn.Sequential(_Conv(motion, 64, 2), _Conv(64, 64), _Residual(64)),
                nn.Sequential(_Conv(64, 96, 2), _Residual(96), _Residual(96)),
                nn.Sequential(_Conv(96, 96, 2), _Residual(96), _Residual(96)),
            ]
        )
        self.motion_up = nn.ModuleList(
            [
                nn.Sequential(_Conv(96 + 96, 96), _Residual(96)),
                nn.Sequential(_Conv(96 + 64, 64), _Residual(64)),
                _Conv(64 + motion, motion),
            ]
        )
        # Answers: whom to believe (slots), a correction of the flow, three occlusion maps, and which hulls.
        self.motion_out = zeroed(nn.Conv2d(motion, sum(_ANSWERS), 1))
        self.power = nn.Parameter(torch.full((COUNT,), _POWER))
        far = -_POWER * 2 * math.log(_FAR)
        self.bias = nn.Parameter(torch.cat([torch.zeros(COUNT), torch.full((1,), far)]))

        self.hulls = nn.Parameter(torch.tensor(_HULLS))

        self.register_buffer("layout", torch.zeros(COUNT, PATCH, 2))
        self.register_buffer("places", torch.zeros(COUNT, 3))

        self.decode_deep = nn.Sequential(
            _Conv(deep + motion + MAPS, deep), _Residual(deep), _Around(deep, 96), _Residual(deep)
        )
        self.shrink_deep = _Conv(deep, middle)
        self.decode_middle = nn.Sequential(
            _Conv(2 * middle + MAPS, middle), _Residual(middle), _Conv(middle, 16)
        )
        self.refine = zeroed(nn.Conv2d(16, 2, 3, 1, 1))
        self.decode_fine = nn.Sequential(
            _Conv(16 + fine + 4 + MAPS, 16), _Residual(16), nn.Conv2d(16, 5, 3, 1, 1)
        )
        self.to(memory_format=torch.channels_last)

    def know(self, plan: KeypointPlan) -> Warper:
        """Set where the keypoints lie and how their patches do; both are saved with the weights."""
        self.layout.copy_(torch.from_numpy(plan.layout))
        self.places.copy_(torch.from_numpy(plan.places))
        return self

    def encode(self, image: Tensor, points: Tensor, maps: Tensor) -> SourceFeatures:
        """Look at a still once.

        Args:
            image: [B, 4, H, W] premultiplied RGBA in [0, 1], H = W a multiple of 32.
            points: [B, K, 1 + P, 2] its keypoints, shares of the side.
            maps: [B, MAPS, H, W] of :func:`~gen_avatar.warp.motion.feature_maps`.
        """
        fine = self.encode_fine(_joined(image, maps))
        middle = self.encode_middle(fine)
        side = image.shape[-1] // COARSE
        return SourceFeatures(
            image=_last(image),
            coarse=F.avg_pool2d(image, COARSE),
            fine=fine,
            middle=middle,
            deep=self.encode_deep(middle),
            points=points,
            blobs=group_blobs(points[:, :, 0].float(), side).to(image),
        )

    def forward(self, source: SourceFeatures, points: Tensor, maps: Tensor) -> Warped:
        """Show another moment.

        Args:
            source: of :meth:`encode`.
            points: [B, K, 1 + P, 2] keypoints of the moment, in the order of the source's.
            maps: [B, MAPS, H, W] of the moment.
        """
        side = source.coarse.shape[-1]
        with _exact(maps):
            slots, hull, prior = self._motion_of_slots(source.points.float(), points.float(), side)
            believed = prior.softmax(-1)
            rough = _agreed(believed, slots, hull)
        # One call for all hulls, side by side: [B, 4, side, H * side].
        looks = sample(source.coarse.float(), hull.flow.transpose(2, 3).flatten(2, 3)).to(maps)
        seen = _joined(
            source.coarse,
            sample(source.coarse.float(), rough).to(maps),
            source.blobs,
            group_blobs(points[:, :, 0].float(), side).to(maps),
            ((rough - grid(side, rough)) / _UNIT).permute(0, 3, 1, 2).to(maps),
            F.avg_pool2d(maps, COARSE),
            believed[..., COUNT : COUNT + 1].permute(0, 3, 1, 2).to(maps),
            *looks.chunk(len(SCALES), -1),
            torch.cat([hull.facing, hull.inside.clamp(min=-1)], -1).permute(0, 3, 1, 2).to(maps),
        )
        motion = self._motion_features(seen)
        answers = self.motion_out(motion).float()
        logits, correction, occlusion, outer = answers.split(_ANSWERS, 1)
        with _exact(maps):
            sway = torch.cat([_bounded(logits, _SWAY), _bounded(outer, _HULL_SWAY)], 1)
            flow = _agreed((prior + sway.permute(0, 2, 3, 1)).softmax(-1), slots, hull)
            flow = flow + _bounded(_UNIT * correction, _REACH).permute(0, 2, 3, 1)
            shut = shutting(source.points[:, :, 0].float(), points[:, :, 0].float())
        return self._decode(source, flow, shut, occlusion, motion, maps)

    def _motion_of_slots(self, source: Tensor, driving: Tensor, side: int) -> tuple[Tensor, Hulls, Tensor]:
        """What keypoints and background say (:func:`~gen_avatar.warp.motion.slot_motion`), what the hulls
        say, and the prior logits of whom to believe, [B, side, side, K + 1 + H]."""
        seen = facing(source, self.layout) * facing(driving, self.layout)
        jacobian = first_order(source, driving, seen)
        slots = slot_motion(source[:, :, 0], driving[:, :, 0], jacobian)
        # What is turned away in either moment lies behind what is seen there, and should be silent.
        quiet = _SILENCE * torch.log(seen.clamp(min=_LEAST))
        bias = self.bias.float() + F.pad(quiet, (0, 1))[:, None, None]
        near = nearness(driving[:, :, 0], self.power.float(), bias, side)
        hull = hulls(cameras(source[:, :, 0], self.places), cameras(driving[:, :, 0], self.places), side)
        beyond = _FALL * hull.inside.clamp(max=0) - _SINK * (hull.below - _LOW).clamp(min=0)
        outer = self.hulls.float() + beyond
        return slots, hull, torch.cat([near, outer], -1)

    def _motion_features(self, x: Tensor) -> Tensor:
        levels = [self.motion_in(x)]
        for down in self.motion_down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        for up in self.motion_up:
            x = up(_joined(_doubled(x), levels.pop()))
        return x

    def _decode(
        self,
        source: SourceFeatures,
        flow: Tensor,
        shut: Tensor,
        occlusion: Tensor,
        motion: Tensor,
        maps: Tensor,
    ) -> Warped:
        lids = source.points[:, :, 0].float()

        def warped(features: Tensor, where: Tensor, level: int) -> Tensor:
            shown = torch.sigmoid(_resized(occlusion[:, level : level + 1], where.shape[1]) + 1.0)
            return sample(features, where.to(features)) * shown.to(features)

        deep = warped(source.deep, off_the_eyes(flow, lids, shut), 0)
        x = self.decode_deep(_joined(deep, motion, F.avg_pool2d(maps, COARSE)))
        side = flow.shape[1]
        half = enlarged(flow, 2 * side)
        middle = warped(source.middle, off_the_eyes(half, lids, shut), 1)
        x = _doubled(self.shrink_deep(x))
        x = self.decode_middle(_joined(x, middle, F.avg_pool2d(maps, 2)))
        finer = _bounded(0.2 * _UNIT * self.refine(x).float(), 0.2 * _REACH)
        where = off_the_eyes(enlarged(half + finer.permute(0, 2, 3, 1), 4 * side), lids, shut)
        copied = sample(source.image, where.to(source.image))
        fine = warped(source.fine, where, 2)
        x = _doubled(x)
        painted, keep = self.decode_fine(_joined(x, fine, copied, maps)).split([4, 1], 1)
        keep = torch.sigmoid(keep)
        return Warped(painted + keep * (copied - painted), where, keep, painted, flow)


def _agreed(weights: Tensor, slots: Tensor, hull: Hulls) -> Tensor:
    """[B, h, h, 2] the flow of slots and hulls with weights [B, h, h, K + 1 + H]."""
    inner, outer = weights.split([COUNT + 1, len(SCALES)], -1)
    return blended(inner, slots) + (outer[..., None] * hull.flow).sum(-2)


def _doubled(x: Tensor) -> Tensor:
    """[B, C, 2 H, 2 W] with every pixel four times, channels last in memory."""
    b, c, h, w = x.shape
    pixels = x.permute(0, 2, 3, 1)[:, :, None, :, None].expand(b, h, 2, w, 2, c)
    return pixels.reshape(b, 2 * h, 2 * w, c).permute(0, 3, 1, 2)


def enlarged(places: Tensor, side: int) -> Tensor:
    """Places [B, h, h, 2] on a grid of ``side``: what is interpolated is how far they are moved, so that
    at the edges nothing is drawn inwards."""
    moved = (places - grid(places.shape[1], places)).permute(0, 3, 1, 2)
    return _resized(moved, side).permute(0, 2, 3, 1) + grid(side, places)


def _resized(x: Tensor, side: int) -> Tensor:
    return F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)


def _exact(x: Tensor) -> torch.autocast:
    """Geometry in full precision also where the layers are not: half a pixel is half a tooth."""
    return torch.autocast(x.device.type, enabled=False)


def _bounded(x: Tensor, limit: float) -> Tensor:
    """``x``, softly kept within ±``limit``."""
    return limit * torch.tanh(x / limit)


def _joined(*parts: Tensor) -> Tensor:
    """The channels of ``parts`` [B, C, H, W] one after another, last in memory."""
    return torch.cat([part.permute(0, 2, 3, 1) for part in parts], -1).permute(0, 3, 1, 2)


def _last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)
