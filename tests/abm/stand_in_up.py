"""Who gets killed in the tests: a supervisor with tiny children, and engines alone, each as a process of its own."""

import sys
import time

from abm.config import load_settings
from abm.engines import start_engines
from abm.up import Child, Steps, run
from tests.abm.stand_in import program, say


def up() -> None:
    """A supervisor whose children are the small programs."""
    steps = Steps(
        migrate=program("migrate"),
        children=(Child("worker", program("worker")), Child("front", program("front"))),
        demo=program("demo"),
        first_user=program("first_user"),
        demo_user=program("first_user"),
    )
    sys.exit(run(load_settings(), demo="--demo" in sys.argv, steps=steps))


def engines() -> None:
    """Engines that run until somebody kills us."""
    with start_engines(load_settings(), durable=False):
        say("running")
        time.sleep(300)


if __name__ == "__main__":
    {f.__name__: f for f in (up, engines)}[sys.argv[1]]()
