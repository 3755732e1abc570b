# SPDX-License-Identifier: BSD-3-Clause
"""`python -m airunner.farm SCHEDULER DESCRIPTOR...`: offers the boards of this machine to a cluster of Dask, each by a worker of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import signal
import socket
import sys
import time
from typing import Sequence

from .._devices import plugins
from .._errors import Error, InvalidArgumentError, NoAnswerError
from .._streams import write_utf8
from ..validation._labgrid import SCHEME
from ..validation.data.optional import need
from ._boards import announced

_FIND_S = 10  # for the scheduler to answer
_BACK_S = 10  # for it to notice that those who had the boards before are gone
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
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+-]+):", name.strip())  # as descriptors have it: one letter is a drive of Windows
        if scheme and scheme[1].lower() not in known:
            raise InvalidArgumentError(f"no backend serves {scheme[1]}: of {name}; there are: {', '.join(sorted(known))}")
        if names.count(name) > 1:
            raise InvalidArgumentError(f"the board {name} is given twice")
    client = need("distributed", "distributed", "the farm").Client
    try:
        with client(scheduler, timeout=_FIND_S) as asked:
            until = time.monotonic() + _BACK_S
            while (taken := [name for name in names if name in announced(asked)]) and time.monotonic() < until:
                time.sleep(1)
    except (OSError, ValueError) as error:
        raise NoAnswerError(f"there is no scheduler at {scheduler} ({error}): start one by `dask scheduler`") from None
    if taken:
        raise InvalidArgumentError(f"the board {taken[0]} is announced already: give this machine another name by --at, or stop the other program")


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
    write_utf8()
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
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
