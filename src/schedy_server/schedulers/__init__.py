"""Decides what to try next; pure: history and generator in, proposal out."""
