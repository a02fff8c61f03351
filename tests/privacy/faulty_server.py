"""Serves like the product, with a database as tracker store and with faults that a file switches on while it runs.

Usage: python faulty_server.py FOLDER [--leaky] [--box] PORT. FOLDER/fault holds the name of the fault. Every fault carries the words it
had in hand in its error. With --box the clinic counts and takes questions. With
--leaky it is the build that must not exist: logs are as Rasa sets them, and the door logs what is said.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.rasa_quiet import settle_environment

folder, port, leaky = Path(sys.argv[1]), int(sys.argv[-1]), "--leaky" in sys.argv
settle_environment()
os.environ["CANDOR_KEPT"] = str(folder / "kept")

import rasa.core.run  # noqa: E402
from rasa.core.utils import AvailableEndpoints  # noqa: E402

from bot.build import MODEL  # noqa: E402
from bot.dialogue.rasa_assistant import RasaAssistant  # noqa: E402
from bot.front_door import door, opening  # noqa: E402
from bot.paths import ROOT  # noqa: E402
from bot.privacy import quiet  # noqa: E402
from bot.privacy.stores import ForgetfulSqlStore  # noqa: E402
from bot.rasa_quiet import settle_logging  # noqa: E402

door.TIME_LIMIT = 1.0


def fault() -> str:
    """The fault that is switched on."""
    return (folder / "fault").read_text().strip()


understand, reply, save, message = RasaAssistant.understand, RasaAssistant.reply, ForgetfulSqlStore._save, door.FrontDoor.message


async def faulty_understand(self, text):
    """Raises or hangs when told to."""
    if fault() == "understanding raises":
        raise ValueError(text)
    if fault() == "understanding hangs":
        await asyncio.sleep(30)
    return await understand(self, text)


async def faulty_reply(self, pseudonym, understood):
    """Raises when told to."""
    if fault() == "dialogue raises":
        raise ValueError(pseudonym, understood)
    return await reply(self, pseudonym, understood)


async def faulty_save(self, tracker):
    """Raises when told to."""
    if fault() == "store raises":
        raise ValueError(tracker.sender_id, tracker.events)
    return await save(self, tracker)


async def leaky_message(self, token, text):
    """Says aloud what nobody may know."""
    door.logger.error("message %s %s", token, text)
    return await message(self, token, text)


RasaAssistant.understand, RasaAssistant.reply, ForgetfulSqlStore._save = faulty_understand, faulty_reply, faulty_save
settle_logging()
if "--box" in sys.argv:
    load_clinic = opening.load_clinic
    opening.load_clinic = lambda path: load_clinic(path).copy(update={"counts": True, "opt_in_questions": True})
if leaky:
    door.FrontDoor.message = leaky_message
    from bot.channels import web

    web.quiet = web.quiet_loop = lambda *_: None
else:
    quiet.quiet()
endpoints = folder / "endpoints.yml"
endpoints.write_text(f"""nlg:
  type: bot.dialogue.answer_generator.AnswerGenerator
action_endpoint:
  url: http://127.0.0.1:9/webhook
tracker_store:
  type: bot.privacy.stores.ForgetfulSqlStore
  dialect: sqlite
  db: {folder / 'kept.db'}
""")
rasa.core.run.serve_application(
    model_path=str(MODEL), interface="127.0.0.1", port=port, enable_api=False,
    credentials=str(ROOT / "credentials.yml"), endpoints=AvailableEndpoints.read_endpoints(str(endpoints)))
