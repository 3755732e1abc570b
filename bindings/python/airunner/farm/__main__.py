# SPDX-License-Identifier: BSD-3-Clause
"""`python -m airunner.farm SCHEDULER DESCRIPTOR...`: offers the boards of this machine to a cluster of Dask, each by a worker of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from typing import Sequence

from .._devices import plugins
from .._errors import Error, InvalidArgumentError, NoAnswerError
from ..validation._labgrid import SCHEME
from ..validation.data.optional import need
from ._boards import announced

_FIND_S = 10  # for the scheduler to answer
_LIMIT_S = 60  # of living without it


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m airunner.farm", allow_abbrev=False, description="Offer the boards of this machine to a cluster of Dask.")
    made.add_argument("scheduler", metavar="SCHEDULER", help="its address, such as tcp://lab:8786")
    made.add_argument("boards", nargs="+", metavar="DESCRIPTOR", help="a board; it is called DESCRIPTOR@HOST")
    made.add_argument("--at", default=socket.gethostname(), metavar="HOST", help="another name than that of this machine")
    return made


def _check(scheduler: str, names: Sequence[str]) -> None:
    """What would show when somebody uses the boards only, or by tracebacks of Dask's nannies."""
    known = {SCHEME.rstrip(":"), *(scheme for plugin in plugins() for scheme in plugin.schemes)}
    for name in names:
        scheme, colon, _ = name.rpartition("@")[0].partition(":")
        if colon and len(scheme) > 1 and scheme not in known:  # one letter is a drive of Windows
            raise InvalidArgumentError(f"no backend serves {scheme}: of {name}; there are: {', '.join(sorted(known))}")
    client = need("distributed", "distributed", "the farm").Client
    try:
        with client(scheduler, timeout=_FIND_S) as asked:
            taken = announced(asked)
    except (OSError, ValueError) as error:
        raise NoAnswerError(f"there is no scheduler at {scheduler} ({error}): start one by `dask scheduler`") from None
    for name in names:
        if name in taken or names.count(name) > 1:
            raise InvalidArgumentError(f"the board {name} is announced already: give this machine another name by --at, or stop the other program")


async def _serve(scheduler: str, names: Sequence[str]) -> None:
    """Until the scheduler is lost, or a signal comes. Each worker is a process that is started again when it dies."""
    nanny = need("distributed", "distributed", "the farm").Nanny
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is KeyboardInterrupt there
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with contextlib.AsyncExitStack() as stack:
        workers = []
        for name in names:
            workers.append(await stack.enter_async_context(
                nanny(scheduler, nthreads=1, name=name, resources={name: 1}, death_timeout=_LIMIT_S)))
            print(f"ready: {name}", flush=True)
        waits = [asyncio.ensure_future(one) for one in (ended.wait(), *(worker.finished() for worker in workers))]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()


def main(words: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(words)
    names = [f"{board}@{given.at}" for board in given.boards]
    try:
        _check(given.scheduler, names)
        asyncio.run(_serve(given.scheduler, names))
    except (OSError, asyncio.TimeoutError) as error:
        print(f"airunner: there is no scheduler at {given.scheduler}: {error}", file=sys.stderr)
        return 3
    except Error as error:
        print(f"airunner: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
