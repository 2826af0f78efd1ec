"""One import in a process of its own, as a worker does it; tells the most memory that it took, in MB."""

import sys
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.db import make_engine
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.words import ConsentBasis
from abm.work import business_time
from abm.worker import give_way, spare_collector


def import_file(engine: Engine, path: Path, settings: Settings) -> None:
    """The product's way: read, match, plan, write records, rows, consents and notes, commit."""
    with path.open("rb") as file, Session(engine) as session:
        request = Request(consent=ConsentBasis.BUSINESS_CARD)
        import_now(session, Upload(path.name, file), request, settings, business_time(session))
        session.commit()


if __name__ == "__main__":
    give_way()
    spare_collector()
    import_file(make_engine(sys.argv[2]), Path(sys.argv[1]), Settings())
    # What the system counts as a process's usage includes the memory of whoever started it.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(int(status["VmHWM"].split()[0]) / 1024)
