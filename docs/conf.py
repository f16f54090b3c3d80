"""How the documentation becomes a website: `make docs`."""

from importlib.metadata import version as version_of

project = "Schedy"
author = "The Schedy maintainers"
project_copyright = "the Schedy maintainers"
version = release = version_of("schedy")

extensions = ["myst_parser"]
myst_heading_anchors = 4
exclude_patterns = ["_build"]
highlight_language = "none"

html_theme = "furo"
html_title = "Schedy"
