"""Every module that declares actors or sweeps; importing this one declares them all."""

import abm.canary  # noqa: F401
