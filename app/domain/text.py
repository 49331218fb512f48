"""What there is to see of a text."""


def shows(text: str) -> bool:
    """Whether anything of it is to be seen: not only spaces, and signs that are there and that nobody sees."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)
