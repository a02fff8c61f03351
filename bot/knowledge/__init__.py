"""The medicine: loads, validates and composes the content. No Rasa in here."""
