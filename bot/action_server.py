"""Rasa's standard action server, with its options and without its libraries' warnings: ``python -m bot.action_server --actions actions``."""

import runpy

from bot.rasa_quiet import settle_warnings

if __name__ == "__main__":
    settle_warnings()
    runpy.run_module("rasa_sdk", run_name="__main__")
