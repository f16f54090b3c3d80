"""Speaks HTTP: reads a request, calls one service function, answers. Knows no SQL."""
