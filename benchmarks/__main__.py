"""`make bench`: every benchmark in a process of its own, results as ratios.

    python -m benchmarks [tick] [import] [--quick]

Each benchmark is a module `bench_<name>.py` with `run(*, quick) -> list[Result]`.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

from benchmarks import harness


def names() -> list[str]:
    files = Path(__file__).resolve().parent.glob("bench_*.py")
    return sorted(path.stem.removeprefix("bench_") for path in files)


def measure(name: str, *, quick: bool) -> int:
    """One benchmark, here; non-zero when a target was missed."""
    with harness.scratch_database():
        module = importlib.import_module(f"benchmarks.bench_{name}")
        results: list[harness.Result] = module.run(quick=quick)
    for result in results:
        harness.say(result.line())
    harness.say(f"{name}: peak memory {harness.peak_megabytes():.0f} MB, {harness.keep(results)}")
    return int(any(result.holds is False for result in results))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"among {', '.join(names())}; default all")
    parser.add_argument("--quick", action="store_true", help="small numbers, to try it out")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.names[0], quick=options.quick)
    codes = []
    for name in options.names or names():
        command = [sys.executable, "-m", "benchmarks", name, "--here"]
        command += ["--quick"] if options.quick else []
        codes.append(subprocess.run(command, check=False, cwd=harness.BASE_DIR).returncode)
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main())
