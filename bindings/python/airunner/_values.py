# SPDX-License-Identifier: BSD-3-Clause
"""What the library counts holders of: each object here holds one reference, and gives it back when it goes."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from ._errors import NoMemoryError
from ._library import Library, load

Self = TypeVar("Self", bound="Held")


class Held:
    """A reference to a value or a token of the library.

    Everything that __del__ needs is its own, so that it works at the interpreter's exit as well.
    """

    __slots__ = ("library", "handle", "_release")

    def __init__(self, library: Library, handle: int | None, release: Any) -> None:
        self.library = library
        self.handle = handle
        self._release = release

    def __del__(self) -> None:
        self._release(self.handle)

    def __copy__(self: Self) -> Self:
        return self  # another one would give the same reference back again

    def __deepcopy__(self: Self, memo: Any) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("tokens, comparisons and tensors of results cannot be pickled, they belong to their process: pickle a capture or "
                        "a profile, the document of a comparison, the array of a tensor")


def held_model(library: Library, borrowed: int | None) -> Held:
    """A model that belongs to a session or a result, and outlives it so."""
    return Held(library, library.air_retain_model(borrowed), library.air_release_model)


def held_result(library: Library, handle: int | None) -> Held:
    """A result that was given out."""
    return Held(library, handle, library.air_release_result)


class Token(Held):
    """Ends the calls that it is given to, for good: model.invoke(..., token=token)."""

    __slots__ = ()

    def __init__(self, library: Library | None = None) -> None:
        library = library or load()
        super().__init__(library, library.air_make_token(), library.air_release_token)
        if not self.handle:
            raise NoMemoryError("there is no memory for a token")

    def cancel(self) -> None:
        """Any thread may do it, and a signal handler."""
        self.library.air_cancel(self.handle)

    @property
    def is_cancelled(self) -> bool:
        return bool(self.library.air_is_cancelled(self.handle))
