"""Keeps Rasa quiet: telemetry off, no progress bars, warnings of its pinned libraries silenced, logs at WARNING."""

from __future__ import annotations

import logging
import os
import warnings


def settle_environment() -> None:
    """Sets the environment before Rasa is imported; values that a person set stay."""
    for name, value in {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TQDM_DISABLE": "1",
        "OPENBLAS_NUM_THREADS": "1",  # a second one helps no product of this size, and spins when it has nothing to do
        "SANIC_REQUEST_MAX_SIZE": "65536",
        "SANIC_REQUEST_TIMEOUT": "10",  # seconds for a request to arrive
        "SANIC_ACCESS_LOG": "false",
        "SANIC_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }.items():
        os.environ.setdefault(name, value)


def settle_warnings() -> None:
    """Silences deprecation warnings before Rasa is imported: Sanic turns them on for everybody when it is imported itself."""
    import sanic  # noqa: F401

    warnings.filterwarnings("ignore", category=DeprecationWarning)


def settle_logging() -> None:
    """Configures Rasa's structured logging; without it Rasa prints debug lines that hold texts."""
    import rasa.utils.log_utils
    from rasa.utils.common import configure_logging_and_warnings

    warnings.filterwarnings("ignore")
    level = logging.getLevelName(os.environ.get("LOG_LEVEL", "WARNING"))
    configure_logging_and_warnings(log_level=level, warn_only_once=True, filter_repeated_logs=True)
    rasa.utils.log_utils.configure_structlog(level)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
