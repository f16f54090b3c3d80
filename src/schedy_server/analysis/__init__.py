"""What the results say: numbers in, numbers out; neither storage nor HTTP.

All but `tasks` needs numpy, and is imported by the process that calculates alone.
"""
