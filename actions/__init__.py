"""Actions on Rasa's standard action server: steps that need the clock or a slot. There is no medicine in here."""
