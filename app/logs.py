"""What a process says about itself."""

import logging

import structlog


class _Handed(logging.Handler):
    """What a library says, as a line of ours; of an error its kind only: its text may quote what was sent."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        about = {"error": kind.__name__} if kind else {}
        structlog.get_logger().log(record.levelno, record.getMessage().strip(), logger=record.name, **about)


def log_as_json(level: str) -> None:
    """One JSON line per message on standard output; nothing personal is ever given to it (P18).

    The server's own lines too. Other libraries say warnings only, as they please, on standard error.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    server = logging.getLogger("uvicorn")
    server.handlers, server.propagate = [_Handed()], False
