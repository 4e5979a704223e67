"""The story, played on this machine: a bank, its customers, its staff. See `python -m deploy.demo --help`."""
