"""A process that folds whatever waits, a little at a time, until its input ends: run by the race test."""

import sys
import threading

from abm.config import load_settings
from abm.scoring.actors import evaluate_due_accounts, fold_events
from abm.work import open_installation

if __name__ == "__main__":
    open_installation(load_settings())
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while True:
        # Asked first: what had come before the end is folded after it.
        is_last = ended.is_set()
        fold_events(limit=150)
        evaluate_due_accounts()
        if is_last:
            break
