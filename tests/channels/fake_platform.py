"""The five platforms on loopback, one server each: they check what is sent as the real ones do, and can be told to be down or busy."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from calls import ENVIRONMENT


class FakePlatform:
    """Answers requests to a platform's API.

    Attributes:
        sent: what was accepted, in order.
        asked: path and status of every request, in order.
        times: clock readings of those requests, in seconds.
        script: answers to give first, each (status, headers, JSON), instead of its own.
    """

    def __init__(self, name):
        self.name, self.sent, self.asked, self.script, self.times = name, [], [], [], []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1               # one packet an answer
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                status, headers, answer = fake.script.pop(0) if fake.script else CHECKS[fake.name](fake, self.path, self.headers, body)
                fake.times.append(time.perf_counter())
                fake.asked.append((self.path, status))
                found = json.dumps(answer).encode()
                self.send_response(status)
                for key, value in {"Content-Type": "application/json", "Content-Length": str(len(found)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(found)
                self.wfile.flush()

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def texts(self):
        """The words of the messages that were accepted."""
        return [message[TEXT[self.name]] if self.name != "messenger" else message["message"]["text"] for message in self.sent]


@contextmanager
def fake_platform(name):
    fake = FakePlatform(name)
    try:
        yield fake
    finally:
        fake.stop()


TEXT = {"telegram": "text", "twilio": "Body", "slack": "text"}


def _units(text):
    return len(text.encode("utf-16-le")) // 2


def _telegram(fake, path, headers, body):
    token, _, method = path.removeprefix("/bot").partition("/")
    data = json.loads(body)
    if token != ENVIRONMENT["CANDOR_TELEGRAM_TOKEN"]:
        return 401, {}, {"ok": False, "error_code": 401, "description": "Unauthorized"}
    if method == "sendMessage":
        rows = data.get("reply_markup", {}).get("inline_keyboard", [])
        too_long = any(len(button["callback_data"].encode()) > 64 or not button["text"] for row in rows for button in row)
        if not data["text"] or _units(data["text"]) > 4096 or too_long:
            return 400, {}, {"ok": False, "error_code": 400, "description": "Bad Request"}
        fake.sent.append(data)
    elif method == "setWebhook":
        if not data["url"].startswith("https://"):
            return 400, {}, {"ok": False, "error_code": 400, "description": "Bad Request: bad webhook"}
        fake.sent.append(data)
    elif method not in ("answerCallbackQuery", "deleteWebhook"):
        return 404, {}, {"ok": False}
    return 200, {}, {"ok": True, "result": True}


def _twilio(fake, path, headers, body):
    account, token = ENVIRONMENT["CANDOR_TWILIO_ACCOUNT_SID"], ENVIRONMENT["CANDOR_TWILIO_AUTH_TOKEN"]
    wanted = "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode()
    if headers["Authorization"] != wanted or path != f"/2010-04-01/Accounts/{account}/Messages.json":
        return 401, {}, {"code": 20003}
    fields = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    if set(fields) != {"To", "From", "Body"} or len(fields["Body"]) > 1600:
        return 400, {}, {"code": 21617}
    fake.sent.append(fields)
    return 201, {}, {"sid": "SM" + "0" * 32}


def _messenger(fake, path, headers, body):
    data = json.loads(body)
    if headers["Authorization"] != f"Bearer {ENVIRONMENT['CANDOR_MESSENGER_PAGE_TOKEN']}" or "access_token" in path:
        return 400, {}, {"error": {"code": 190}}
    message = data["message"]
    replies = message.get("quick_replies", [])
    if path != "/me/messages" or _units(message["text"]) > 2000 or len(replies) > 13 or any(len(reply["title"]) > 20 for reply in replies):
        return 400, {}, {"error": {"code": 100}}
    fake.sent.append(data)
    return 200, {}, {"recipient_id": data["recipient"]["id"], "message_id": "m_1"}


def _slack(fake, path, headers, body):
    data = json.loads(body)
    if headers["Authorization"] != f"Bearer {ENVIRONMENT['CANDOR_SLACK_BOT_TOKEN']}":
        return 200, {}, {"ok": False, "error": "invalid_auth"}
    if path != "/chat.postMessage" or not data["channel"] or len(data["text"]) > 40_000:
        return 200, {}, {"ok": False, "error": "msg_too_long"}
    fake.sent.append(data)
    return 200, {}, {"ok": True, "ts": "1.2"}


CHECKS = {"telegram": _telegram, "twilio": _twilio, "messenger": _messenger, "slack": _slack}
