"""Candor: an anonymous assistant that answers from reviewed, cited cards only."""
