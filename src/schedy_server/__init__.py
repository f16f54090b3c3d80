"""The Schedy server: keeps experiments and their jobs, and decides what to try next."""
