"""Rehearses stories: what customers, managers and owners do, on the real services and a clock that is moved by hand."""
