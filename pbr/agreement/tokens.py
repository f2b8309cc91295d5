"""Tokens of voters: read alike whichever way they were typed, so that one voter has one vote."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef\x00-\x08\x0e-\x1f\x7f-\x9f]"
)
# letters of other alphabets that look like one of A to Z, a to z: Unicode's confusables (UTS 39), Greek and Cyrillic
_LOOKS = {
    "A": "\u0391\u0410",
    "B": "\u0392\u0412",
    "C": "\u0421\u03f9",
    "E": "\u0395\u0415",
    "H": "\u0397\u041d",
    "I": "\u0399\u0406\u04c0",
    "J": "\u0408\u037f",
    "K": "\u039a\u041a",
    "M": "\u039c\u041c",
    "N": "\u039d",
    "O": "\u039f\u041e",
    "P": "\u03a1\u0420",
    "S": "\u0405",
    "T": "\u03a4\u0422",
    "V": "\u0474",
    "X": "\u03a7\u0425",
    "Y": "\u03a5\u04ae",
    "Z": "\u0396",
    "a": "\u0430\u03b1",
    "c": "\u0441\u03f2",
    "d": "\u0501",
    "e": "\u0435",
    "h": "\u04bb",
    "i": "\u0456\u03b9",
    "j": "\u0458\u03f3",
    "l": "\u04cf",
    "o": "\u043e\u03bf",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "s": "\u0455",
    "u": "\u03c5",
    "v": "\u03bd\u0475",
    "w": "\u051d",
    "x": "\u0445\u03c7",
    "y": "\u0443\u04af",
}
_LATIN = {ord(alike): letter for letter, letters in _LOOKS.items() for alike in letters}
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"), "-")


def fold_token(text: str) -> str:
    r"""A token as it counts: what cannot be seen removed, letters that look alike made the same, compatible forms too.

    Capitals stay capitals, and a zero is not the letter O: two tokens that a reader can tell apart stay two.

    Example:
        >>> fold_token(" V-0\u200b01 "), fold_token("\u0410\u0412-1") == "AB-1", fold_token("v-001")
        ('V-001', True, 'v-001')
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES).translate(_LATIN)
    return unicodedata.normalize("NFC", " ".join(seen.split()))
