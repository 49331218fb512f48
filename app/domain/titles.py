"""What an event is called, by itself and within a sentence."""

from app.domain.events import EVENTS


def event_title(name: str) -> dict[str, str]:
    nl, en = EVENTS[name]
    return {"nl": nl, "en": en}


def event_phrase(name: str) -> dict[str, str]:
    """As it reads in a sentence, with its article: na *het* verzoek om informatie."""
    title = event_title(name)
    return {language: f"{_article(language, words)}{words}" for language, words in title.items()}


# What begins with these has no article, or has one already.
_BARE = {"nl": ("ontvangst ", "de ", "het "), "en": ("receipt ", "the ")}
_HET = ("antwoord", "begin", "beraad", "bericht", "besluit", "einde", "horen", "overleg", "verzoek")


def _article(language: str, words: str) -> str:
    if words.startswith(_BARE[language]):
        return ""
    return {"nl": "het " if words.startswith(_HET) else "de ", "en": "the "}[language]
