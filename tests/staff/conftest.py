"""The staff site, served without Rasa, and exported as static files."""

from __future__ import annotations

import functools
import http.server
import threading
from datetime import date

import pytest
from staff_server import TODAY, Browser, Current, FakeAssistant, a_clinic, serving

from bot.cross_validation import read_examples
from bot.paths import CONTENT
from bot.safety.check import Findings
from bot.staff import http as staff_http
from bot.staff import search, site
from bot.staff.access import Access
from bot.staff.insights import Stores
from bot.staff.settings import StaffSettings


@pytest.fixture(scope="session")
def finished_site(knowledge):
    """The served pages, built once for all tests."""
    return site.build(knowledge, CONTENT, a_clinic(), search.by_topic(read_examples()), date.today(), served=True)


@pytest.fixture(scope="session")
def served():
    """One server for all tests, and the place for the site that it serves."""
    current = Current()
    with serving(current) as (port, loop, app):
        yield current, port, loop, app


@pytest.fixture
def open_site(served, knowledge, finished_site, monkeypatch):
    """Opens a staff site with settings and stores; returns it, its assistant and a browser."""
    current, port, *_ = served

    def start(stores=None, check=lambda text: Findings(), password_hash=None, **settings):
        clinic = a_clinic(staff=StaffSettings.parse_obj(settings))
        assistant = FakeAssistant(knowledge)
        current.site = staff_http.StaffSite(assistant, clinic, stores or Stores(), Access(clinic.staff, password_hash))
        current.site._built = date.today(), finished_site
        monkeypatch.setattr(staff_http, "load_check_once", lambda *paths: check)
        return current.site, assistant, Browser(port)

    return start


@pytest.fixture(scope="session")
def exported(knowledge, tmp_path_factory):
    """The site as static files in a folder."""
    folder = tmp_path_factory.mktemp("export") / "staff"
    site.export(site.build(knowledge, CONTENT, a_clinic(), search.by_topic(read_examples()), TODAY, served=False), folder)
    return folder


@pytest.fixture(scope="session")
def static_server(exported):
    """The exported folder on a plain file server, as on an intranet."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(exported)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
