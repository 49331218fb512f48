"""What there is to see of a text."""

import unicodedata

# Control and format signs, halves of a sign, spaces, and marks without a letter.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters of Hangul and Braille that are empty


def shows(text: str) -> bool:
    """Whether anything of it is to be seen: not only spaces, and signs that are there and that nobody sees."""
    return any(unicodedata.category(sign) not in _UNSEEN and sign not in _EMPTY for sign in text)
