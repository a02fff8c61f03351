"""What keeps nothing: forgetful tracker stores, quiet logs, a closed server."""
