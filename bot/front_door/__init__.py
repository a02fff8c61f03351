"""What every message passes, whatever channel it came by. One small step a file."""
