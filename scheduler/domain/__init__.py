"""Decisions as pure functions from values to values; standard library and dateutil only."""
