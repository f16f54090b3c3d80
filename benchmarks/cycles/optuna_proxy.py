"""Optuna's gRPC storage proxy in a process of its own, which ends when its input does."""

import os
import sys
import threading

from optuna.storages import RDBStorage, run_grpc_proxy_server


def main() -> None:
    """Serve the database of the first argument on the port of the second."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    run_grpc_proxy_server(RDBStorage(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)  # the server knows no way to be stopped from another thread


if __name__ == "__main__":
    main()
