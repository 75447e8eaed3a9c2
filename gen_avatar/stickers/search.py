"""The best looking file within a limit of bytes, in few trials.

For stills only the quality is searched. For animations smoothness and quality are given up in turns, in this
order:

1. fine quality at 20 frames a second or more, the highest rate that can have it,
2. good quality at less than that, again the highest rate,
3. poor quality at the lowest rate, where each frame can have most bytes,
4. the same act done faster, in 3/4, then in half of its time, at the lowest rate.

Within the rate that is found the best quality that fits is bisected for. The loop is never cut, which would
tear its end from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

#: Rates from here on look smooth, frames a second.
_SMOOTH = 20.0
#: How far sizes may stray from what is expected of them before a trial is saved.
_CAUTION = 0.98
#: Shares of its time in which an act may be done, if nothing else helps.
_HURRIES = (0.75, 0.5)


@dataclass(frozen=True)
class Ladder:
    """Qualities of a format, best first, in three classes; what they are is the encoder's own matter."""

    fine: tuple[Any, ...]
    good: tuple[Any, ...]
    poor: tuple[Any, ...]

    @property
    def every(self) -> tuple[Any, ...]:
        """Every quality, best first."""
        return (*self.fine, *self.good, *self.poor)


@dataclass(frozen=True)
class Choice:
    """A way to write an animation.

    Attributes:
        quality: a step of a ladder.
        rate: frames a second; 0 for stills.
        time: share of the act's own time in which it is done.
    """

    quality: Any
    rate: float = 0.0
    time: float = 1.0


@dataclass(frozen=True)
class Found:
    """What was found: the file's content, and how it was written."""

    data: bytes
    choice: Choice


def rows_of(ladder: Ladder, rates: Sequence[float]) -> Iterator[list[Choice]]:
    """Rows of choices that differ in quality alone, best first; no rates for stills."""
    if not rates:
        yield [Choice(quality) for quality in ladder.every]
        return
    for rate in (rate for rate in rates if rate >= _SMOOTH):
        yield [Choice(quality, rate) for quality in ladder.fine]
    for rate in (rate for rate in rates if rate < _SMOOTH):
        yield [Choice(quality, rate) for quality in (*ladder.fine, *ladder.good)]
    yield [Choice(quality, rates[-1]) for quality in ladder.poor]
    for time in _HURRIES:
        yield [Choice(quality, rates[-1], time) for quality in ladder.every]


def best_within(
    limit: int,
    rows: Iterator[list[Choice]],
    encode: Callable[[Choice], bytes | None],
    guess: Choice | None = None,
) -> Found | None:
    """The best choice of the first row that has one within the limit.

    Args:
        limit: bytes.
        rows: as of :func:`rows_of`; in a row, files must become smaller from step to step. Where they do not
            quite, a better step can be missed; what is returned is within the limit all the same.
        encode: makes the file, or None if the platform does not allow the choice.
        guess: what was found for something alike; it saves trials where it is right or nearly so, and changes
            nothing of what is found.

    Returns:
        None if nothing fits.
    """
    too_large = (0, Choice(None))  # the last row's worst: its bytes, and how it was written
    for row in rows:
        if _hopeless(row[-1], limit, *too_large):
            continue
        found: tuple[bytes, Choice] | None = None
        low, high = 0, len(row) - 1  # steps among which the best that fits is looked for
        # Stills mostly fit as they are; of an animation, a row whose worst does not fit is done with.
        step = row.index(guess) if guess in row else high if row[0].rate else low
        guessing = guess in row
        while low <= high:
            data = encode(row[step])
            if data is None:
                break
            fits = len(data) <= limit
            if fits:
                found, high = (data, row[step]), step - 1
            elif step == len(row) - 1:
                too_large = (len(data), row[step])
                break
            else:
                low = step + 1
            # From a guess on step by step, which ends soon; otherwise by halves.
            step = (high if fits else low) if guessing else (low + high) // 2
        if found:
            return Found(*found)
    return None


def _hopeless(worst: Choice, limit: int, size: int, written: Choice) -> bool:
    """Whether a choice is too large for sure, by the ``size`` of one like it at a higher rate.

    The fewer frames there are, the more they differ, so that each of them takes at least as many bytes.
    """
    alike = (worst.quality, worst.time) == (written.quality, written.time) and written.rate > worst.rate > 0
    return alike and _CAUTION * size * worst.rate / written.rate > limit
