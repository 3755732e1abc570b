# SPDX-License-Identifier: BSD-3-Clause
"""Which boards the workers of a cluster announce. Each is a resource of Dask, called DESCRIPTOR@HOST."""

from __future__ import annotations

from typing import Any

from .._errors import InvalidArgumentError, LinkLostError


def check_client(client: Any) -> None:
    if not hasattr(client, "run_on_scheduler") or client.asynchronous:
        raise InvalidArgumentError(f"client is a {type(client).__name__}, expected a dask.distributed.Client that is not asynchronous")


def announced(client: Any) -> dict[str, list[str]]:
    """The addresses of the workers that announce a board, by its name."""

    # A function within one goes to the scheduler by value: airunner need not be installed there.
    def look(dask_scheduler: Any) -> list[tuple[str, list[str]]]:
        return [(worker.address, list(worker.resources)) for worker in dask_scheduler.workers.values()]

    if client.status != "running":
        raise LinkLostError(f"the scheduler is lost (the client is {client.status})")
    try:
        workers = client.run_on_scheduler(look)
    except Exception as error:  # Dask has no one kind: OSError, and AttributeError where the connection has gone already
        raise LinkLostError(f"the scheduler does not answer: {type(error).__name__}: {error}") from None
    found: dict[str, list[str]] = {}
    for address, resources in workers:
        for name in resources:
            found.setdefault(name, []).append(address)
    return {name: addresses for name, addresses in sorted(found.items()) if "@" in name}


def boards(client: Any) -> list[str]:
    """The names of all boards of a cluster, for validate(boards(client), ..., client=client)."""
    check_client(client)
    return list(announced(client))
