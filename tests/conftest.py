"""How thoroughly Hypothesis searches: quick at the desk, the same every time in CI, long on demand.

HYPOTHESIS_PROFILE=thorough runs a night's worth of examples.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The first example of a test may pay for an import or a server; that is no sign of a slow property.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("desk"), max_examples=5_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "desk")
)


@pytest.fixture(autouse=True, scope="session")
def _hang_ups_are_heard() -> None:
    """Under `nohup`, the servers that tests start would leave the signal alone as well."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def _outbox_of_the_tests() -> Iterator[None]:
    """No test leaves results in the home of whoever runs it."""
    folder = tempfile.mkdtemp(prefix="schedy-outbox-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHEDY_OUTBOX", folder)
        yield
    shutil.rmtree(folder, ignore_errors=True)
