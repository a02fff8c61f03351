"""Rasa dialogue adapters: the response generator that composes answers in process."""
