"""Input channels: every one goes through the front door."""
