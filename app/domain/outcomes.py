"""What a code of a delivery or a mailbox means, in a sentence for who has to see to it."""

import re

_SENTENCES = {
    # it worked
    "accepted": "The mail server accepted it.",
    "delivered": "The receiver accepted it.",
    # on the way to any server
    "name-unknown": "There is no server of this name.",
    "address-not-allowed": "The server must be reachable on the public internet.",
    "port-not-allowed": "This port is not allowed: mail goes out by 465, 587, 2525 or 25, is fetched from 993 or 143,"
    " and a webhook is called at 443.",
    "tls-failed": "No safe connection: the server offers no encryption, or its certificate is not in order.",
    "connection-lost": "The server broke off the connection.",
    "timeout": "The server did not answer in time.",
    # webhooks
    "connection-failed": "The server cannot be reached, or it broke off the connection.",
    "wrong-form": "This is not an address that can be called.",
    "scheme-not-allowed": "The address must begin with https://.",
    "redirected": "The receiver answered with another address; redirects are not followed.",
    "refused": "The receiver answered, but not with a status from 200 to 299.",
    "gone": "The receiver answered that it wants no more (410); the webhook is paused until somebody activates it.",
    # connecting to a mail server
    "connect-failed": "The server cannot be reached. Is the name right, and the port?",
    "connect-timeout": "The server did not answer in time. Is the port right, and does it match tls or starttls?",
    "connect-refused": "The server answers, but turns us away.",
    "greeting-refused": "The server answers, but turns us away.",
    "greeting-timeout": "The server answered, but did not go on in time.",
    "tls-refused": "The server does not want to encrypt now.",
    "tls-timeout": "The server did not set up encryption in time.",
    "login-refused": "The server refused the user name or the password.",
    "login-timeout": "The server did not say in time whether user name and password are right.",
    # handing over a mail
    "sender-refused": "The server does not send mail from this address.",
    "sender-timeout": "The server did not say in time whether it sends mail from this address.",
    "sending-refused": "The server lets us send no mail, or none now: not allowed, or too many a day, perhaps.",
    "recipient-refused": "The server did not take mail for this address.",
    "recipient-timeout": "The server did not say in time whether it takes mail for this address.",
    "data-refused": "The server did not take this mail: too large, or held for unwanted, perhaps.",
    "data-timeout": "The server did not take the whole mail in time.",
    "bounced": "The mail came back: a server further on could not deliver it.",
    # fetching mail
    "folder-missing": "The mailbox has no folder of this name, or it may not be opened.",
    "fetch-failed": "The server did not hand out a mail that it has.",
    "mark-failed": "The server does not let a mail be marked as dealt with; it may be read-only.",
    "answer-timeout": "The server stopped answering in the middle.",
    "too-slow": "The server was too slow; what was not fetched comes next time.",
    # what is missing on our side
    "no-mailbox": "There is no mailbox to use: name one, or switch it on.",
    "password-unreadable": "The password of the mailbox cannot be opened any more: set it again.",
    "address-unusable": "There is no e-mail address that mail can be sent to.",
    "recipient-changed": "Whom it was for has another address now, or is no longer in the case: send a new message.",
    "file-not-checked": "A file that goes with it has not been looked into for malware yet, or is not clean.",
    "nothing-to-send": "What it was to bring is not there any more.",
    "objects-away": "The place where files are kept could not be reached; it is tried again.",
    "database-away": "The database could not be reached; it is tried again.",
    "no-sender": "The service is not set up to send this; it is tried again.",
    "sender-failed": "Something went wrong in the service itself; it is tried again.",
}
_BOUNCED = re.compile(r"bounced-(\d\.\d{1,3}\.\d{1,3})")
_OTHERWISE = "It did not work; the code says at which step."


def sentence(code: str) -> str:
    """In English, as everything that is said to administrators."""
    if found := _BOUNCED.fullmatch(code):
        return f"{_SENTENCES['bounced'][:-1]} ({found[1]})."
    return _SENTENCES.get(code, _OTHERWISE)
