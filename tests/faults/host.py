"""One "host": forks workers that send, kills them at random points and starts new ones.

Run as a process of its own, with the product's settings and the product's loop; it adds
the signals, and a journal of what each worker had in hand (`tests.faults.journal`):

    python -m tests.faults.host SEED WORKERS KILLS STOPS KILL_EVERY START BEGAN SPEED

It prints one line of JSON when its kills are used up, and goes on working until it is
told to end by SIGTERM. Workers die with it.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import random
import signal
import sys
import time
from datetime import timedelta

from tests.faults.clock import FastClock
from tests.faults.journal import keep_journal, note_kill

PR_SET_PDEATHSIG = 1


def work(clock: FastClock) -> None:
    """What a worker does all day: the send loop and the sweeper."""
    from django.db import connections  # noqa: PLC0415 # after the fork

    from agents.outreach.services.send import send_next, sweep_next  # noqa: PLC0415 # as above

    connections.close_all()
    keep_journal()
    while True:
        try:
            busy = send_next(now=clock())
            busy = sweep_next(now=clock()) or busy
        except Exception:  # the loop's boundary, as in production
            logging.getLogger("faults").info("step failed", exc_info=True)
            connections.close_all()
            busy = False
        if not busy:
            time.sleep(0.01)


def spawn(clock: FastClock) -> int:
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    random.seed()
    try:
        work(clock)
    finally:
        os._exit(1)


def main(argv: list[str]) -> None:
    seed, workers, kills, stops = (int(word) for word in argv[:4])
    every, clock = float(argv[4]), FastClock.parse(*argv[5:8])
    import django  # noqa: PLC0415 # the settings come from the environment

    django.setup()
    from agents.mailboxes.transports import smtp  # noqa: PLC0415 # it as well
    from agents.outreach import gate  # noqa: PLC0415 # loaded once, for all forks
    from agents.outreach.services import send  # noqa: PLC0415 # it as well
    from agents.outreach.services.send import limits  # noqa: PLC0415 # it as well

    # How long a silent server is waited for; a test cannot wait as long as production.
    smtp.DATA_TIMEOUT = float(os.environ.get("FAULT_DATA_TIMEOUT", "15"))
    if "FAULT_WIRE_SECONDS" in os.environ:
        # A machine that stands still does not do so faster because its clock runs fast: the
        # guard keeps its length in seconds of the wall, not its share of the hour.
        wire = float(os.environ["FAULT_WIRE_SECONDS"])
        send.WIRE_SECONDS = wire
        gate.limits.HOUR_GUARD = timedelta(seconds=(wire + 1) * clock.speed)
        # And all workers want the hour's slots at once.
        limits.mailbox_gap = lambda: timedelta(0)
    dice = random.Random(seed)
    pids = [spawn(clock) for _ in range(workers)]
    stopped: dict[int, float] = {}
    done = 0
    while True:
        time.sleep(dice.uniform(0.2, 1.8) * every)
        for pid in [pid for pid, until in stopped.items() if time.monotonic() > until]:
            os.kill(pid, signal.SIGCONT)
            del stopped[pid]
        if done == kills + stops:
            done += 1
            sys.stdout.write(json.dumps({"kills": kills, "stops": stops}) + "\n")
            sys.stdout.flush()
        if done > kills + stops:
            continue
        done += 1
        place = dice.randrange(workers)
        pid = pids[place]
        if pid in stopped:
            continue
        if dice.randrange(kills + stops) < stops:
            # A zombie: it wakes up long after its lease and its grace are over.
            os.kill(pid, signal.SIGSTOP)
            stopped[pid] = time.monotonic() + dice.uniform(0.5, 2.5)
            continue
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        note_kill(pid)
        pids[place] = spawn(clock)


if __name__ == "__main__":
    main(sys.argv[1:])
