"""How long the dashboard takes with many jobs, beside optuna-dashboard; see README.md."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # the folder of `benchmarks` and `tests`

from benchmarks.dashboards.main import main  # noqa: E402  only found from there

if __name__ == "__main__":
    sys.exit(main())
