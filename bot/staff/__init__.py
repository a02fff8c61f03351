"""The staff site: the canonical answers, their review, and what people need. Read-only; it writes no card and keeps no words."""
