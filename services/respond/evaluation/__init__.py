"""Measures what respond's pure parts can do, on our own data and on other people's where it is present."""
