"""`make bench`: every benchmark in a process of its own, results as ratios.

    python -m benchmarks [tick] [portal_home] [online_migrations] [log_volume] [import] [list]
        [send] [upgrade] [webhook] [--quick]

docs/reference/benchmarks.md says what each measures. One is a module `bench_<name>.py` with
`run(*, quick) -> list[Result]`, or a program of its own that is named in PROGRAMS.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

from benchmarks import harness

# Programs with arguments of their own: the module, and what makes it quick.
PROGRAMS = {
    "import": ("benchmarks.lead_import", ["--rows", "2000"]),
    "list": ("benchmarks.lead_list", ["--leads", "20000"]),
    "send": (
        "benchmarks.send",
        ["--messages", "300", "--rounds", "1", "--memory", "1000", "--kills", "2"],
    ),
    "upgrade": ("benchmarks.upgrade", ["--leads", "20000"]),
    "webhook": ("benchmarks.webhook", []),
}


def names() -> list[str]:
    files = Path(__file__).resolve().parent.glob("bench_*.py")
    return sorted([*(path.stem.removeprefix("bench_") for path in files), *PROGRAMS])


def command(name: str, *, quick: bool) -> list[str]:
    """The program that measures `name`."""
    if name in PROGRAMS:
        module, small = PROGRAMS[name]
        return [sys.executable, "-m", module, *(small if quick else [])]
    flags = ["--quick"] if quick else []
    return [sys.executable, "-m", "benchmarks", name, "--here", *flags]


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
    wanted = options.names or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(names())}")
    missed = []
    for name in wanted:
        harness.say(f"--- {name}")
        done = subprocess.run(command(name, quick=options.quick), check=False, cwd=harness.BASE_DIR)
        missed += [name] if done.returncode else []
    harness.say(f"missed or failed: {', '.join(missed)}" if missed else "all held")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
