"""Quiet logs: no text, token, address or local variable reaches a log, at any level, from any library.

Every log record of the process passes one factory. Our own records keep their sentence, which names error types only; of
foreign ones the place and the error's type are left, because Rasa and its libraries write messages, ids and local variables
into theirs when something fails. Warnings and uncaught errors go the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import resource
import secrets
import sys
import threading
import warnings
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Optional, TextIO

_OURS = ("bot", "actions")
#: Linux's prctl option that forbids other processes of the user to read this one's memory.
_PR_SET_DUMPABLE = 4

_request: ContextVar[str] = ContextVar("request", default="-")


def new_request() -> str:
    """Gives the request in hand a random id, which its log lines carry; it is linked to nothing else."""
    name = secrets.token_hex(4)
    _request.set(name)
    return name


def _type_of(error: Any) -> str:
    if isinstance(error, BaseException):
        return type(error).__name__
    if isinstance(error, tuple) and error and isinstance(error[0], type):
        return error[0].__name__
    current = sys.exc_info()[0]
    return current.__name__ if error and current else ""


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)
    fault = _type_of(record.exc_info)
    own = record.name.split(".")[0] in _OURS
    said = record.getMessage() if own else f"{record.funcName}:{record.lineno} (its words are withheld)"
    record.msg = f"[{_request.get()}] {record.name}: {said}{f' [{fault}]' if fault else ''}"
    record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
    return record


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int,
            file: Optional[TextIO] = None, line: Optional[str] = None) -> None:
    """Rasa's warnings quote the message they complain about."""


def _uncaught(kind: type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger(__name__).critical("uncaught %s", kind.__name__)


def quiet() -> None:
    """Makes every log of this process quiet, for good, and forbids memory dumps."""
    logging.setLogRecordFactory(_record)
    logging.captureWarnings(False)
    warnings.showwarning = _warned
    sys.excepthook = _uncaught
    threading.excepthook = lambda found: _uncaught(found.exc_type, found.exc_value or found.exc_type(), found.exc_traceback)
    sys.unraisablehook = lambda found: logging.getLogger(__name__).error("unraisable %s", found.exc_type.__name__)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):  # only Linux has it
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def quiet_loop(loop: asyncio.AbstractEventLoop) -> None:
    """The same for errors that no task has awaited."""
    loop.set_exception_handler(lambda _, context: logging.getLogger(__name__).error(
        "an unattended task failed with %s", _type_of(context.get("exception")) or "an error"))
