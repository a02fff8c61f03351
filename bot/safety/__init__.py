"""Red flags and care cards. Plain Python: needs no Rasa, no model, no store and no network; nothing here keeps words."""
