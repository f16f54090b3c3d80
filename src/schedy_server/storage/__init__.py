"""Remembers: rows in, model out, on SQLite and PostgreSQL alike."""
