"""ingest: turns what a channel delivers into mentions.

Reads webhooks and files, emits `mention.received|edited|deleted`. Owns the schema `ingest`.
"""
