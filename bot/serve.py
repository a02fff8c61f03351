"""Serves the assistant: Rasa's own server with our channels, and the standard action server beside it on loopback."""

from __future__ import annotations

import os
import socket
import subprocess  # nosec B404: starts this project's own action server
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bot.build import MODEL, STAMP
from bot.channels.registry import secret_names
from bot.clinic import load_clinic
from bot.errors import CandorError
from bot.paths import CLINIC, ROOT
from bot.privacy.closed import check_all
from bot.privacy.quiet import quiet

ACTION_PORT = 5055


def check_port(port: int) -> None:
    """Makes sure a port on loopback is free.

    Raises:
        CandorError: something listens there already.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CandorError(f"Port {port} on 127.0.0.1 is in use.", "Stop what runs there, or give another with --port.") from None


def is_taken(port: int) -> bool:
    """Whether something listens on a port of loopback."""
    try:
        check_port(port)
    except CandorError:
        return True
    return False


@contextmanager
def action_server(port: int) -> Iterator[None]:
    """Runs Rasa's standard action server on loopback for as long as the block lasts; uses one that runs already."""
    if is_taken(port):
        yield
        return
    # The secrets of the channels are nothing that an action needs.
    inherited = {name: value for name, value in os.environ.items() if name not in secret_names()}
    environment = {**inherited, "SANIC_HOST": "127.0.0.1", "SANIC_ACCESS_LOG": "false", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "bot.action_server", "--actions", "actions", "--port", str(port), "--quiet"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603  # nosec B603
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            process.kill()


def serve(port: int, say: Callable[[str], None], host: str = "127.0.0.1", public: bool = False) -> None:
    """Serves until interrupted.

    Args:
        port: of the server.
        say: told what happens.
        host: address to bind.
        public: whether an address other than loopback is meant.

    Raises:
        CandorError: a port is taken, there is no model, or something is set up that would keep or show what people write.
    """
    if not MODEL.is_file():
        raise CandorError("There is no trained model.", "Run `candor train`.")
    check_port(port)
    from bot.rasa_quiet import settle_environment, settle_logging, settle_warnings

    settle_environment()
    check_all(ROOT, MODEL, STAMP, host, public, load_clinic(CLINIC))
    settle_warnings()
    with action_server(ACTION_PORT):
        say("Starting: loading Rasa and the model ...")
        import rasa.core.run
        from rasa.core.utils import AvailableEndpoints

        settle_logging()
        quiet()
        say(f"Ready in a moment on http://localhost:{port} (Ctrl+C ends it).")
        rasa.core.run.serve_application(
            model_path=str(MODEL), interface=host, port=port, enable_api=False,
            credentials=str(ROOT / "credentials.yml"), endpoints=AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")),
        )
