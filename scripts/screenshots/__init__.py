"""Pictures of every page of the dashboard: `python -m scripts.screenshots [--only PAGE]`.

The searches that they show never happened, and always went alike: the same code gives the same
pictures, so that two versions of the dashboard can be compared.
"""
