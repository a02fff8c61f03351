"""Fits held-out folds beside each other, because each takes one core for half a minute."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

#: From so many examples on a process of its own is worth its start of some seconds.
_MANY = 2000


def fit_each(fit: Callable[..., Result], jobs: Sequence[tuple[Any, ...]], examples: int) -> Iterator[Result]:
    """The results in the order of the jobs, each as soon as it is there.

    Args:
        fit: a function of a module; its arguments and result are pickled.
        jobs: the arguments of each call, of one number.
        examples: how many examples a job has, to tell work from play.
    """
    if examples < _MANY:
        yield from map(fit, *zip(*jobs, strict=True))
        return
    # A fresh interpreter each: a copy of this process would inherit locks that its other threads hold.
    with ProcessPoolExecutor(min(len(jobs), os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(fit, *zip(*jobs, strict=True))
