# SPDX-License-Identifier: BSD-3-Clause
"""`airunner validate ...`: what `python -m airunner.validation` does."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn, Sequence

from .._errors import CancelledError, CorruptedError, Error, InvalidArgumentError, InvalidInputError, NoAnswerError, TimeoutError
from .._interrupt import end_on_sigterm
from .._runner import connect
from .._streams import write_utf8
from ._divergence import Divergence
from ._report import Validation
from ._validate import validate
from ._whole_file import is_written_in_place, write_whole
from ._words import number
from .data import Coco, Files, ImageRules, Source, WavRules, source_of
from .data.images import NORMALISE, RESIZE
from .data.optional import need
from .metrics import Classification, Metric
from .metrics.named import NAMED

# Exit codes, as docs/cli.md tells them.
OK, FAILED, USAGE, NOT_CONNECTED, BAD_INPUT, DIFFERS, CANNOT_TELL, TIMEOUT, CANCELLED = 0, 1, 2, 3, 4, 5, 9, 124, 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"airunner: {message}\n`airunner validate --help` tells the options\n")


def parser() -> argparse.ArgumentParser:
    made = _Parser(prog="airunner validate", allow_abbrev=False, description="Run a data set through deployed models, and judge what comes out.")
    made.add_argument("boards", nargs="*", metavar="DESCRIPTOR", help="what to connect to; samples are spread over several")
    data = made.add_argument_group("data")
    data.add_argument("--data", required=True, metavar="PATH", help=".npz, .npy, .csv of paths, folder of images, .wav or .npy, or COCO's .json")
    data.add_argument("--targets", metavar="FILE", help=".npy with the targets, for data that is .npy; with COCO's .json the folder of the images")
    data.add_argument("--resize", choices=RESIZE, help="how images get the size of the input (crop; letterbox for COCO)")
    data.add_argument("--crop", type=float, metavar="PART", help="part of the shorter side that is left (0.875)")
    data.add_argument("--normalise", choices=list(NORMALISE), help="what pixels become (unit)")
    data.add_argument("--colours", choices=("RGB", "BGR"), help="order of the colours (RGB)")
    data.add_argument("--rate", type=int, metavar="HZ", help="samples a second that .wav files must have")
    data.add_argument("--samples", type=int, metavar="N", help="only so many")
    data.add_argument("--shuffle", type=int, metavar="SEED", help="take them in a random order")
    judged = made.add_argument_group("what is judged")
    judged.add_argument("--task", choices=list(NAMED), help="what the outputs are")
    judged.add_argument("--auc", action="store_true", help="ROC-AUC of the classes too")
    judged.add_argument("--reference", metavar="DESCRIPTOR", help="compare the outputs with those of another deployment, sample by sample")
    judged.add_argument("--worst", type=int, default=10, metavar="N", help="how many samples that diverge most are told (10)")
    judged.add_argument("--min", action="append", default=[], metavar="NAME=VALUE", help="least value of a number, such as top1=0.9; repeatable")
    judged.add_argument("--max", action="append", default=[], metavar="NAME=VALUE", help="largest value of a number; repeatable")
    judged.add_argument("--decide", type=float, metavar="ACCURACY", help="stop when it is known to be above or below; exit code 5 below")
    judged.add_argument("--confidence", type=float, default=0.95, metavar="PART", help="of that (0.95)")
    run = made.add_argument_group("the run")
    run.add_argument("--journal", metavar="FILE", help="keep each result; the same command goes on from it")
    run.add_argument("--shared", type=int, default=1, metavar="N", help="samples that every board runs, to see whether they agree (1)")
    run.add_argument("--retries", type=int, default=2, metavar="N", help="how often a failing board is tried again (2)")
    run.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="limit of connecting, and of each sample (60)")
    run.add_argument("--budget", type=float, metavar="SECONDS", help="then nothing more is handed out; exit code 1 where samples are missing")
    run.add_argument("--scheduler", metavar="ADDRESS", help="of a cluster of Dask: descriptors are its boards, DESCRIPTOR@HOST; without one all of them, and those that come during the run")
    run.add_argument("--name", action="append", default=[], metavar="NAME", help="model to take where there are several; given again: that of the reference")
    run.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="option of the backend; repeatable")
    run.add_argument("--quiet", action="store_true", help="no progress")
    report = made.add_argument_group("the report")
    report.add_argument("--json", action="store_true", help="print the document airunner.validation/1")
    report.add_argument("--csv", metavar="FILE", help="also write a line for each result")
    report.add_argument("--html", metavar="FILE", help="also write the report as an HTML page")
    report.add_argument("--output-report", action="append", default=[], metavar="FILE", help="also write it to a .txt, .json, .csv or .html file; repeatable")
    return made


def _source(given: argparse.Namespace) -> Source:
    """The data, with the rules that were given."""
    rules: dict[str, Any] = {key: value for key in ("resize", "crop", "normalise", "colours") if (value := getattr(given, key)) is not None}
    path = Path(given.data)
    if path.suffix.lower() == ".json":
        if given.targets is None:
            raise InvalidArgumentError(f"--data {path} is COCO's: give the folder of its images by --targets")
        rules.setdefault("resize", "letterbox")
        return Coco(path, given.targets, ImageRules(**rules))
    if path.suffix.lower() in (".npz", ".npy"):
        if rules:
            raise InvalidArgumentError(f"--{next(iter(rules))} is for images, and --data {path} has arrays")
        return source_of(given.data, given.targets)
    if given.targets is not None:
        raise InvalidArgumentError(f"--targets is for arrays and COCO's .json, and --data {path} has its own")
    return Files(path, images=ImageRules(**rules), sounds=WavRules(rate=given.rate))


def _metrics(given: argparse.Namespace) -> list[Metric]:
    if given.auc and given.task != "classification":
        raise InvalidArgumentError("--auc is for --task classification")
    if given.task is None:
        return []
    return [Classification(auc=given.auc) if given.auc else NAMED[given.task]()]


def _pairs(words: Sequence[str], option: str) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in words)
    for name, value in pairs.items():
        if not name or not value:
            raise InvalidArgumentError(f"{option} {name}: expected NAME=VALUE")
    return pairs


def _limits(given: argparse.Namespace) -> list[tuple[str, float, bool]]:
    """Name, value, and whether it is the least one."""
    limits = []
    for words, is_least, option in ((given.min, True, "--min"), (given.max, False, "--max")):
        for name, text in _pairs(words, option).items():
            try:
                limits.append((name, float(text), is_least))
            except ValueError:
                limits.append((name, float("nan"), is_least))
            if limits[-1][1] != limits[-1][1]:
                raise InvalidArgumentError(f"{option} {name}={text}: expected a number")
    return limits


def _check_names(limits: Sequence[tuple[str, float, bool]], metrics: Sequence[Metric], has_reference: bool) -> None:
    """Before anything is run, since runs are long."""
    known = [*(name for metric in metrics for name in metric.numbers), *(Divergence.numbers if has_reference else ())]
    for name, _, _ in limits:
        if name not in known:
            raise InvalidArgumentError(f"there is no number {name}; there are: {', '.join(known)}")


def _broken(found: Validation, limits: Sequence[tuple[str, float, bool]]) -> list[str]:
    """Limits that do not hold, one sentence each."""
    numbers = {key: value for result in found.metrics.values() for key, value in result.items() if value is None or isinstance(value, (int, float))}
    told = []
    for name, limit, is_least in limits:
        if name not in numbers:
            raise InvalidArgumentError(f"there is no number {name}; there are: {', '.join(numbers)}")
        value = numbers[name]
        if value is None or not (value >= limit if is_least else value <= limit):
            told.append(f"{name} is {number(value)}, expected at {'least' if is_least else 'most'} {limit:g}")
    return told


def _files(given: argparse.Namespace) -> list[tuple[str, str]]:
    """What is written besides standard output, and its kind."""
    files = [(given.html, ".html"), (given.csv, ".csv"), *((path, Path(path).suffix.lower()) for path in given.output_report)]
    return [(path, kind) for path, kind in files if path is not None]


def _check_files(given: argparse.Namespace) -> None:
    """Nothing is written that is read, or written twice."""
    known = {os.path.realpath(path) for path in (given.data, given.targets, given.journal) if path is not None}
    for path, kind in _files(given):
        if kind not in (".txt", ".json", ".csv", ".html"):
            raise InvalidArgumentError(f"--output-report {path}: expected a name that ends in .txt, .json, .csv or .html")
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(folder):
            raise InvalidArgumentError(f"{path} cannot be written: there is no folder {folder}")
        if os.path.isdir(path) or not (os.access(folder, os.W_OK) or is_written_in_place(os.path.realpath(path))):
            raise InvalidArgumentError(f"{path} cannot be written: {'it is a folder' if os.path.isdir(path) else f'nothing may be written into {folder}'}")
        if os.path.realpath(path) in known:
            raise InvalidArgumentError(f"{path} is read or written already: give another name")
        known.add(os.path.realpath(path))


def _write(found: Validation, given: argparse.Namespace) -> None:
    for path, kind in _files(given):
        if kind == ".csv":
            write_whole(path, found.write_csv)
        else:
            text = found.to_html() if kind == ".html" else f"{found.to_json(2) if kind == '.json' else found}\n"
            write_whole(path, lambda file: file.write(text))
        print(f"airunner: wrote {path}", file=sys.stderr)


def _client(given: argparse.Namespace) -> Any:
    """Of the cluster that was named; None without."""
    if given.scheduler is None:
        return contextlib.nullcontext()
    try:
        client = need("distributed", "distributed", "--scheduler").Client
        _silence_dask()
        return client(given.scheduler, timeout=given.timeout)
    except (OSError, ValueError) as error:
        raise NoAnswerError(f"--scheduler {given.scheduler}: there is none ({error}): start one by `dask scheduler`") from None


def _reference(given: argparse.Namespace) -> Any:
    """Connected here where its model is named."""
    if len(given.name) > (1 if given.reference is None else 2):
        raise InvalidArgumentError("--name is for the boards; given again, for --reference")
    return connect(given.reference, model=given.name[1], timeout=given.timeout) if len(given.name) > 1 else contextlib.nullcontext(given.reference)


def _silence_dask() -> None:
    """The report tells what is lost. Dask logs it too, by loggers with levels of their own, and by the root's, which then shows our lines alone."""
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("airunner").addHandler(logging.StreamHandler())
    logging.getLogger().addHandler(logging.NullHandler())


def _run(given: argparse.Namespace) -> int:
    _check_files(given)
    limits, metrics = _limits(given), _metrics(given)
    if not metrics and given.reference is None:
        raise InvalidArgumentError(f"nothing to judge by: give --task ({', '.join(NAMED)}), --reference, or both")
    _check_names(limits, metrics, given.reference is not None)
    arguments = {"options": _pairs(given.option, "--option"), **({"model": given.name[0]} if given.name else {})}
    with _client(given) as client, _reference(given) as reference:
        found = validate(given.boards or None, _source(given), metrics, journal=given.journal,
                         reference=reference, samples=given.samples, shuffle=given.shuffle, decide=given.decide, confidence=given.confidence,
                         shared=given.shared, retries=given.retries, timeout=given.timeout, worst=given.worst, budget=given.budget,
                         progress=not given.quiet and sys.stderr.isatty(), connect=arguments, client=client)
    try:
        _write(found, given)
    finally:
        print(found.to_json(2) if given.json else found)
    broken = _broken(found, limits)
    for text in broken:
        print(f"airunner: {text}", file=sys.stderr)
    decision = found.document["decision"]
    if broken or (decision and decision["verdict"] == "below"):
        return DIFFERS
    if not found.complete:
        return FAILED
    if not found:
        return DIFFERS  # boards, or runs of one
    return CANNOT_TELL if decision and decision["verdict"] == "open" else OK


def main(words: Sequence[str] | None = None) -> int:
    write_utf8()
    end_on_sigterm()
    given = parser().parse_args(words)
    warnings.showwarning = _show_warning
    try:
        code = _run(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Error as error:
        print(f"airunner: {error}", file=sys.stderr)
        return _exit_code(error)
    except (OSError, KeyboardInterrupt) as error:
        print(f"airunner: {error if error.args else 'interrupted'}", file=sys.stderr)
        return CANCELLED if isinstance(error, KeyboardInterrupt) else FAILED


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print(f"airunner: {message}", file=sys.stderr)


def _exit_code(error: Error) -> int:
    """What fails within a run retires a board: what is raised is wrong before it."""
    known: list[tuple[type[Error], int]] = [(InvalidArgumentError, USAGE), (InvalidInputError, BAD_INPUT), (CorruptedError, BAD_INPUT), (TimeoutError, TIMEOUT),
                                            (CancelledError, CANCELLED)]
    return next((code for kind, code in known if isinstance(error, kind)), NOT_CONNECTED)


if __name__ == "__main__":
    sys.exit(main())
