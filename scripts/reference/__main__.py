"""Writes the pages."""

from scripts.reference import FOLDER, PAGES

for name, page in PAGES.items():
    (FOLDER / name).write_text(page(), encoding="utf-8")
    print(f"docs/reference/{name}")
