"""A recognised line as evidence: what the picture says for any text that could stand in a part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from khid_eval.engine import alphabet, ctc, ctc_search
from khid_eval.engine.ctc import LogProbs
from khid_eval.engine.recognise import CharReading, LineColumns, LineReading
from khid_eval.engine.text_lines import Span
from khid_eval.records import FloatArray

_SURE = -0.3  # log P of all letters above which a second look is not worth its time
_BEAM, _RIVALS = 16, 6  # readings that are followed, and that are compared after a second look
IMPOSSIBLE = -60.0
"""Log-probability given to a text that the line cannot spell at all; finite, so that other evidence can still speak."""


@dataclass(frozen=True, slots=True)
class Look:
    """A part of a row: its text and the columns in which it stands, once for each crop of the row that was read."""

    text: str
    windows: tuple[LogProbs, ...]

    @property
    def empty(self) -> bool:
        return len(self.windows[0]) == 0

    def support(self, texts: Sequence[str]) -> FloatArray:
        """log P(text | window) of each text, (n,), the mean over all crops; see `support`."""
        return np.asarray(np.mean([support(window, texts) for window in self.windows], axis=0))


@dataclass(frozen=True)
class Line:
    """One row of the card: how it was read, what the row finder took it for, and where it is on the rectified card.

    box: (left, top, right, bottom) of the crop on the rectified image, in pixels. again: reads the row from other crops
    as wide as the first, for when that leaves a doubt; by default there are none.
    """

    reading: LineReading
    kind: str
    box: tuple[float, float, float, float]
    again: Callable[[], Sequence[LineColumns]] = tuple

    @property
    def text(self) -> str:
        return self.reading.text

    @cached_property
    def _starts(self) -> list[int]:
        """Index in the text at which each character (cluster) begins, and the text's length at the end."""
        starts = [0]
        for char in self.reading.chars:
            starts.append(starts[-1] + len(char.text))
        return starts

    def chars(self, start: int, end: int) -> tuple[CharReading, ...]:
        """The characters that stand at text positions start..end."""
        pairs = zip(self.reading.chars, self._starts, strict=False)
        return tuple(char for char, at in pairs if start <= at < end)

    def window(self, start: int, end: int) -> LogProbs:
        """Columns between the middle of the gap before text position `start` and that of the gap after `end`."""
        share = self._share(start, end)
        return _part(self.reading, share) if share else self.reading.log_probs[:0]

    def glance(self, start: int, end: int) -> Look:
        """Text positions start..end as they were read at first."""
        return Look(self.text[start:end].strip(), (self.window(start, end),))

    def look(self, start: int, end: int) -> Look:
        """Text positions start..end; where their letters are unsure the row is read again and the crops are weighed."""
        first = self.glance(start, end)
        if first.empty or sum(math.log(max(char.confidence, 1e-9)) for char in self.chars(start, end)) > _SURE:
            return first
        others = self.other_windows(start, end)
        if not others:
            return first
        texts = [one.text for one in ctc_search.beam_search(*first.windows, width=_BEAM)[:_RIVALS]]
        texts = list(dict.fromkeys([first.text, *texts]))
        look = Look(first.text, (*first.windows, *others))
        return replace(look, text=texts[int(np.argmax(look.support(texts)))])

    def other_windows(self, start: int, end: int) -> list[LogProbs]:
        """The same columns where the row was read again from other crops."""
        share = self._share(start, end)
        return [_part(reading, share) for reading in self._others] if share else []

    @cached_property
    def _others(self) -> Sequence[LineColumns]:
        return self.again()

    def _share(self, start: int, end: int) -> tuple[float, float] | None:
        """Where text positions start..end stand, as shares of the crop's width; inf for what goes on to the end."""
        chars = self.reading.chars
        inside = [i for i, at in enumerate(self._starts[:-1]) if start <= at < end]
        if not inside:
            return None
        first, last = inside[0], inside[-1]
        left = 0.0 if first == 0 else (chars[first - 1].end + chars[first].start) / 2
        right = math.inf if last == len(chars) - 1 else (chars[last].end + chars[last + 1].start) / 2
        return left, right

    def gap(self, start: int, end: int) -> float:
        """Widest stretch without a letter between two letters of text positions start..end, in heights of the crop."""
        chars = [char for char in self.chars(start, end) if not char.text.isspace()]
        left, top, right, bottom = self.box
        widest = max((after.start - before.end for before, after in pairwise(chars)), default=0.0)
        return widest * (right - left) / max(1.0, bottom - top)

    def extent(self, start: int, end: int) -> tuple[float, float] | None:
        """Left and right of text positions start..end as fractions of the crop's width; None for an empty part."""
        chars = self.chars(start, end)
        return (min(c.start for c in chars), max(c.end for c in chars)) if chars else None


def _part(reading: LineColumns, share: tuple[float, float]) -> LogProbs:
    stop = len(reading.log_probs) if math.isinf(share[1]) else math.ceil(share[1] * reading.columns)
    return reading.log_probs[int(share[0] * reading.columns) : stop]


def support(window: LogProbs, texts: Sequence[str]) -> FloatArray:
    """log P(text | window) of each text, (n,); IMPOSSIBLE for texts that cannot stand there.

    An empty window knows nothing: all zeros.
    """
    if len(window) == 0:
        return np.zeros(len(texts))
    scores = np.full(len(texts), IMPOSSIBLE)
    spelled = [(i, classes) for i, text in enumerate(texts) if (classes := _classes(text)) is not None]
    if spelled:
        found = ctc.score_classes(window, [classes for _, classes in spelled])
        scores[[i for i, _ in spelled]] = np.maximum(found, IMPOSSIBLE)
    return scores


def _classes(text: str) -> list[int] | None:
    try:
        return alphabet.encode(text)
    except ValueError:
        return None


def span_chars(lines: Sequence[Line], spans: Sequence[Span]) -> list[CharReading]:
    """All characters of a value, in order."""
    return [char for span in spans for char in lines[span.line].chars(span.start, span.end)]


def span_text(lines: Sequence[Line], spans: Sequence[Span]) -> str:
    """A value that may stand on two lines, joined by a space."""
    return " ".join(part for span in spans if (part := lines[span.line].text[span.start : span.end].strip()))


def joined(lines: Sequence[Line], spans: Sequence[Span], *, twice: bool = False) -> Look:
    """A value wherever its rows break, as if it stood in one row with a blank at each break. Empty for no span.

    twice: a value that stands in one row is read again where its letters are unsure.
    """
    if twice and len(spans) == 1:
        return lines[spans[0].line].look(spans[0].start, spans[0].end)
    looks = [lines[span.line].glance(span.start, span.end) for span in spans]
    looks = [look for look in looks if look.text]
    windows = [part for look in looks for part in (_BREAK, look.windows[0])][1:]
    empty = np.empty([0, len(alphabet.TOKENS)], dtype=np.float32)
    return Look(" ".join(look.text for look in looks), (np.concatenate(windows) if windows else empty,))


def _blank_column() -> LogProbs:
    """(1, classes) columns in which nothing but a space can stand."""
    column = np.full([1, len(alphabet.TOKENS)], IMPOSSIBLE, dtype=np.float32)
    column[0, alphabet.TOKENS.index(" ")] = 0.0
    return column


_BREAK = _blank_column()


def span_window(lines: Sequence[Line], spans: Sequence[Span]) -> LogProbs:
    """The window of a value that stands on one line; of its first part where it stands on more. Empty for no span."""
    if not spans:
        return np.empty([0, len(alphabet.TOKENS)], dtype=np.float32)
    return lines[spans[0].line].window(spans[0].start, spans[0].end)


__all__ = ["IMPOSSIBLE", "Line", "Look", "joined", "span_chars", "span_text", "span_window", "support"]
