"""The three MRZ lines as recognised -> three well-formed lines, as far as their own structure proves it.

Only structure is mended here: letters in digit places and the other way round, and the count of fillers, which a CTC
reader cannot count reliably. Nothing is taken from the printed part; what does not fit the form stays as it was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from khid_eval.card import mrz

_SHORTEST = 2  # letters of a name
_MOST_STRAY = 2  # letters before a line that are none of it
_TO_DIGIT = str.maketrans("OQDUIJLTZSGBA", "0000111725684")
_TO_LETTER = str.maketrans("0125684", "OIZSGBA")
_LINE1 = re.compile(
    r"(?P<head>.{2,7}?[HKMN]M?)(?P<number>[0-9OQDISZBG]{9})(?P<check>[0-9OQDISZBG])(?P<rest>[^0-9]{3,})"
)
_LINE2 = re.compile(
    r"(?P<birth>[0-9A-Z]{6})(?P<c1>[0-9A-Z])(?P<sex>[MFNEP<])(?P<expiry>[0-9A-Z]{6})(?P<c2>[0-9A-Z])"
    r"(?P<state>[A-Z]{3})(?P<fill>[<KC]*)(?P<c3>[0-9A-Z]?)"
)


@dataclass(frozen=True, slots=True)
class MrzReading:
    """lines: the three lines, each 30 characters where its form was recognised, else as read.

    formed: for each line, whether it has the form of TD1 after mending.
    shifts: for each line, where the mended line begins in the squeezed one: 1 behind a stray letter (the card's edge is
    read as one), -1 where the first letter was not seen.
    """

    lines: tuple[str, str, str]
    formed: tuple[bool, bool, bool]
    shifts: tuple[int, int, int] = (0, 0, 0)

    @property
    def facts(self) -> mrz.MrzFacts:
        return mrz.read(*self.lines)


def mend(line1: str, line2: str, line3: str) -> MrzReading:
    """line1..3: as recognised, "" for a line that was not found. Total: any strings are taken."""
    (one, formed1, shift1), (two, formed2, shift2) = _mend1(_squeezed(line1)), _mend2(_squeezed(line2))
    # A name has no form that shows where it begins. What stands before both other lines is not of the third either.
    shift3 = shift1 if shift1 == shift2 > 0 else 0
    three, formed3 = _mend3(_squeezed(line3)[shift3:])
    return MrzReading((one, two, three), (formed1, formed2, formed3), (shift1, shift2, shift3))


def _squeezed(line: str) -> str:
    """Without blanks; « is how some readers give two fillers."""
    return "".join(line.upper().replace("«", "<<").split())


def digits(text: str) -> str:
    """Letters that look like digits become those digits."""
    return text.translate(_TO_DIGIT)


def _mend1(line: str) -> tuple[str, bool, int]:
    match = _LINE1.match(line)
    if not match:
        return line, False, 0
    number, check = digits(match["number"]), digits(match["check"])
    return f"IDKHM{number}{check}".ljust(mrz.LINE_LENGTH, "<"), True, match.start("number") - len("IDKHM")


def _mend2(line: str) -> tuple[str, bool, int]:
    """Read from its first letter on, or behind one or two stray ones."""
    for shift in range(_MOST_STRAY + 1):
        mended = _mend2_from(line[shift:])
        if mended:
            return mended, True, shift
    return line, False, 0


def _mend2_from(line: str) -> str:
    """The mended line, "" where it has not the form."""
    match = _LINE2.match(line)
    if not match:
        return ""
    sex = match["sex"] if match["sex"] in "MF<" else {"N": "M", "E": "F", "P": "F"}[match["sex"]]
    head = digits(match["birth"] + match["c1"]) + sex + digits(match["expiry"] + match["c2"]) + "KHM"
    if not (head[:7] + head[8:15]).isdigit():
        return ""
    check = digits(match["c3"])
    return head + "<" * 11 + (check if check.isdigit() else "<")


def _mend3(line: str) -> tuple[str, bool]:
    """Surname, two fillers, given names, fillers: digits cannot stand here."""
    name = line.translate(_TO_LETTER).rstrip("<")
    if name.count("<") + _SHORTEST > len(name) or not re.fullmatch(r"[A-Z]+(<[A-Z]+)*(<<[A-Z]+(<[A-Z]+)*)?", name):
        return line, False
    return name[: mrz.LINE_LENGTH].ljust(mrz.LINE_LENGTH, "<"), True


__all__ = ["MrzReading", "digits", "mend"]
