#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns the lines of benchmark programs into a table and a JSON file.

usage: bench_report.py OUTPUT.JSON < lines

Each line is an object {name, value, unit, baseline, limit}; the file is a list of {name, value, unit, baseline, ratio}.
"""

import json
import sys


def entry(result):
    baseline = result["baseline"]
    ratio = result["value"] / baseline if baseline else None
    return {**{key: result[key] for key in ("name", "value", "unit", "baseline")}, "ratio": ratio}


def number(value):
    return f"{value:.1f}" if value >= 100 else f"{value:.3g}"


def table(results):
    width = max(len(result["name"]) for result in results)
    yield f"{'':{width}}  {'value':>10} {'baseline':>10} {'limit':>10}"
    for result in results:
        verdict = "" if result["value"] <= result["limit"] else "   above the limit"
        numbers = " ".join(f"{number(result[key]):>10}" for key in ("value", "baseline", "limit"))
        yield f"{result['name']:{width}}  {numbers}  {result['unit']}{verdict}"


def main(path):
    results = [json.loads(line) for line in sys.stdin if line.startswith("{")]
    if not results:
        sys.exit("bench_report.py: no results came in")
    print("\n".join(table(results)))
    with open(path, "w", encoding="utf-8") as file:
        json.dump([entry(result) for result in results], file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
