"""One import in a process of its own, as a worker does it; tells the most memory that it took, in MB."""

import resource
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


def import_file(engine: Engine, path: Path, settings: Settings) -> None:
    """The product's way: read, match, plan, write records, rows, consents and notes, commit."""
    with path.open("rb") as file, Session(engine) as session:
        request = Request(consent=ConsentBasis.BUSINESS_CARD)
        import_now(session, Upload(path.name, file), request, settings, business_time(session))
        session.commit()


if __name__ == "__main__":
    import_file(make_engine(sys.argv[2]), Path(sys.argv[1]), Settings())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
