"""On which databases a test of this folder runs."""

import pytest

on_both_databases = pytest.mark.parametrize(
    "server", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
