"""What there is to see of a text."""

import unicodedata

# Control and format signs, halves of a sign, spaces, and marks without a letter.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters of Hangul and Braille that are empty


def shows(text: str) -> bool:
    """Whether anything of it is to be seen: not only spaces, and signs that are there and that nobody sees."""
    return any(unicodedata.category(sign) not in _UNSEEN and sign not in _EMPTY for sign in text)


# Marks that only say how a sign is drawn (from one up to another).
_DRAWN = (
    ("\u034f", "\u034f"),
    ("\u17b4", "\u17b5"),
    ("\u180b", "\u180f"),
    ("\ufe00", "\ufe0f"),
    ("\U000e0100", "\U000e01ef"),
)


def hides(text: str) -> bool:
    """Whether there are signs in it that nobody sees; spaces are seen."""
    empty = any(sign in _EMPTY or any(first <= sign <= last for first, last in _DRAWN) for sign in text)
    return empty or not text.isprintable()
