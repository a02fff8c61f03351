"""The editing loop: a new topic's files, a live preview of a card, and what a retrained model understands better or worse."""
