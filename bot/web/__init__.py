"""The website that the bot serves: its files, its pages and the headers every one of them carries."""
