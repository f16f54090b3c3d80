"""The process that calculates: started when needed, ended when not, and replaced when it dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import psutil
import pytest

from schedy_server.analysis.tasks import (
    Column,
    Importance,
    ImportanceFound,
    Pareto,
    ParetoFound,
    floats,
)
from schedy_server.model.errors import Invalid, Unavailable
from schedy_server.service.calculator import AnalysisFailed, Calculator
from tests.waiting import wait_until

QUICK = Pareto([floats([1, 2]), floats([2, 1])])
SLOW = Importance(
    [Column(floats(range(at, at + 20_000))) for at in range(60)], floats(range(20_000))
)


@pytest.fixture
def calculator() -> Iterator[Calculator]:
    made = Calculator()
    yield made
    made.close()


def is_alive(pid: int) -> bool:
    return bool(psutil.pid_exists(pid)) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def has_begun(calculator: Calculator) -> int:
    await asyncio.to_thread(wait_until, lambda: calculator.pid is not None)
    assert calculator.pid is not None
    return calculator.pid


async def test_there_is_no_process_before_there_is_a_task(calculator: Calculator) -> None:
    assert calculator.pid is None
    assert (await calculator.calculate(QUICK, ParetoFound)).front == [0, 1]
    assert calculator.pid is not None


async def test_one_process_does_one_task_after_the_other(calculator: Calculator) -> None:
    found = await asyncio.gather(*(calculator.calculate(QUICK, ParetoFound) for _ in range(5)))
    first = calculator.pid
    await calculator.calculate(QUICK, ParetoFound)
    assert (len(found), calculator.pid) == (5, first)


async def test_a_process_that_dies_is_replaced(calculator: Calculator) -> None:
    slow = asyncio.ensure_future(calculator.calculate(SLOW, ImportanceFound))
    os.kill(await has_begun(calculator), signal.SIGKILL)
    with pytest.raises(Unavailable, match="try again"):
        await slow
    assert (await calculator.calculate(QUICK, ParetoFound)).front == [0, 1]


async def test_one_that_died_while_nobody_asked_is_replaced(calculator: Calculator) -> None:
    await calculator.calculate(QUICK, ParetoFound)
    before = await has_begun(calculator)
    os.kill(before, signal.SIGKILL)
    # All of its threads, too: only then can anybody see it.
    await asyncio.to_thread(os.waitid, os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert (await calculator.calculate(QUICK, ParetoFound)).front == [0, 1]


async def test_closing_ends_it_even_at_work() -> None:
    calculator = Calculator()
    slow = asyncio.ensure_future(calculator.calculate(SLOW, ImportanceFound))
    pid = await has_begun(calculator)
    calculator.close()
    with pytest.raises((Unavailable, asyncio.CancelledError)):
        await slow
    assert not psutil.pid_exists(pid)
    with pytest.raises(Unavailable, match="stopping"):
        await calculator.calculate(QUICK, ParetoFound)


async def test_it_ends_when_nobody_asks_any_more() -> None:
    calculator = Calculator(idle=timedelta(seconds=0.05))
    await calculator.calculate(QUICK, ParetoFound)
    await asyncio.to_thread(wait_until, lambda: calculator.pid is None)
    assert (await calculator.calculate(QUICK, ParetoFound)).front == [0, 1]
    calculator.close()


async def test_what_takes_too_long_is_ended() -> None:
    calculator = Calculator(longest=timedelta(seconds=1))
    with pytest.raises(Invalid, match="with a filter"):
        await calculator.calculate(SLOW, ImportanceFound)
    calculator.close()


async def test_only_so_many_wait() -> None:
    calculator = Calculator(queue=2)
    tasks = [asyncio.ensure_future(calculator.calculate(QUICK, ParetoFound)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="Too many analyses"):
        await calculator.calculate(QUICK, ParetoFound)
    await asyncio.gather(*tasks)
    assert (await calculator.calculate(QUICK, ParetoFound)).front == [0, 1]
    calculator.close()


async def test_a_fault_of_the_program_is_told_and_ends_nothing(calculator: Calculator) -> None:
    with pytest.raises(AnalysisFailed, match="Traceback"):
        await calculator.calculate(Pareto([b"odd", b"odd"]), ParetoFound)
    first = calculator.pid
    await calculator.calculate(QUICK, ParetoFound)
    assert calculator.pid == first


def test_it_ends_with_the_server_however_that_ends() -> None:
    program = """
import asyncio, sys
from schedy_server.analysis.tasks import *
from schedy_server.service.calculator import Calculator
calculator = Calculator()
asyncio.run(calculator.calculate(Pareto([floats([1]), floats([1])]), ParetoFound))
print(calculator.pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
    wait_until(lambda: not is_alive(pid))
