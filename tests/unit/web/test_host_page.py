from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot import cli
from bot.errors import CandorError
from bot.web.host_page import HostPage, findings, read_page
from bot.web.policy import allows, parse

BOT = "https://chat.clinic.example"
SITE = "https://www.clinic.example"
TAG = f'<script src="{BOT}/loader.js" defer></script>'


def check(policy="", html=TAG, address=BOT, allowed=(SITE,), **more):
    return findings(HostPage(f"{SITE}/fertility", html, parse(policy), **more), address, allowed)


@pytest.mark.parametrize("policy", [
    "", f"script-src {BOT}; frame-src {BOT}", f"default-src 'self' {BOT}", "default-src https:", "script-src *; child-src *",
    "script-src https://*.clinic.example; frame-src chat.clinic.example", "img-src 'none'; style-src 'self'", f"SCRIPT-SRC {BOT.upper()}",
    f"script-src {BOT}:443 'self'", f"script-src {BOT}/loader.js",
])
def test_a_page_that_allows_it_has_no_finding(policy):
    assert check(policy) == []


@pytest.mark.parametrize(("policy", "said"), [
    ("script-src 'self'", ["The policy's script-src blocks the chat's script: add https://chat.clinic.example to script-src."]),
    ("default-src 'self'", ["default-src blocks the chat's script", "default-src blocks the chat's frame"]),
    (f"script-src {BOT}; frame-src 'none'", ["frame-src blocks the chat's frame: add https://chat.clinic.example to frame-src"]),
    (f"default-src {BOT}; child-src 'self'", ["child-src blocks the chat's frame"]),
    (f"script-src {BOT}; script-src-elem 'self'", ["script-src-elem blocks the chat's script"]),
    (f"default-src {BOT}, frame-src 'self'", ["frame-src blocks the chat's frame"]),
    ("script-src 'nonce-abc' 'strict-dynamic'", ["give the script tag the page's nonce"]),
    (f"script-src {BOT}:8443", ["script-src blocks"]),
    ("script-src https://other.example", ["script-src blocks"]),
    ("script-src http://chat.clinic.example:80", ["script-src blocks"]),
    ("sandbox allow-scripts", ["sandbox without allow-popups, allow-modals"]),
])
def test_what_a_policy_blocks_is_said_with_the_way_out(policy, said):
    found = check(policy)
    assert len(found) == len(said)
    for finding, part in zip(found, said, strict=True):
        assert part in finding


def test_a_nonce_on_the_tag_counts():
    html = TAG.replace("defer", 'nonce="abc"')
    assert check("script-src 'nonce-abc' 'strict-dynamic'", html) == []
    assert check("script-src 'nonce-abc'", html) == []


@pytest.mark.parametrize(("html", "said"), [
    ("<p>nothing</p>", "has no script tag of the chat"),
    (TAG.replace("chat.", "old."), "loads from https://old.clinic.example, but the chat is served from https://chat.clinic.example"),
    (TAG.replace("defer", 'integrity="sha384-x"'), "integrity attribute"),
    (TAG.replace("https", "http"), "Serve the chat over https"),
    ('<meta http-equiv="Content-Security-Policy" content="script-src \'self\'">' + TAG, "script-src blocks"),
])
def test_what_the_page_itself_does_wrong(html, said):
    assert any(said in finding for finding in check(html=html))


def test_what_else_stands_in_the_way():
    assert any("require-corp" in finding for finding in check(embedder_policy="require-corp"))
    assert check(allowed=()) == [f"clinic.yml does not allow {SITE} to show the chat. Add it to website: allowed_sites."]


def test_without_an_address_the_one_of_the_script_tag_is_taken():
    found = check("frame-src 'none'", address=None)
    assert found == [f"The policy's frame-src blocks the chat's frame: add {BOT} to frame-src."]


@pytest.mark.parametrize(("sources", "origin", "page", "expected"), [
    (["'self'"], BOT, BOT, True), (["'self'"], BOT, SITE, False), (["'self'"], BOT, None, False),
    (["*.clinic.example"], BOT, None, True), (["*.example"], "https://example", None, False), (["http:"], BOT, None, False),
    (["http://localhost:*"], "http://localhost:5005", None, True), (["localhost:5005"], "http://localhost:5005", "http://localhost", True),
    ([], BOT, None, False), (["'none'"], BOT, None, False),
])
def test_sources_match_as_browsers_match_them(sources, origin, page, expected):
    assert allows(sources, origin, page) is expected


def test_a_page_is_read_with_its_headers_and_a_file_without():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "script-src 'self'")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            self.wfile.write("<p>é".encode())

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        page = read_page(f"{address}/")
        assert (page.html, page.origin, page.embedder_policy) == ("<p>é", address, "require-corp")
        assert page.policies == parse("script-src 'self'")
        with pytest.raises(CandorError, match="answers with 404"):
            read_page(f"{address}/nothing")
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(CandorError, match="cannot be reached"):
        read_page(f"{address}/")
    with pytest.raises(CandorError, match="cannot be read"):
        read_page("no-such-file.html")


@pytest.mark.parametrize(("html", "status", "said"), [(TAG, 0, "nothing keeps the chat"), ("<p>", 1, "1 finding(s)")])
def test_the_command_says_so_with_its_exit_status(monkeypatch, capsys, tmp_path, html, status, said):
    (tmp_path / "page.html").write_text(html)
    monkeypatch.setattr("sys.argv", ["candor", "widget", "--check", str(tmp_path / "page.html")])
    assert cli.main() == status
    assert said in capsys.readouterr().out


def test_the_command_without_a_task_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["candor", "widget"])
    assert cli.main() == 2
    assert "There is nothing to do." in capsys.readouterr().err
