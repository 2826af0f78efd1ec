"""Every module that declares actors or sweeps; importing this one declares them all."""

# ruff: noqa: F401  imported for what they declare

import abm.canary
import abm.channels.actors
import abm.customers.actors
import abm.customers.search_actors
import abm.handoff.actors
import abm.handoff.replaying
import abm.importers.actors
import abm.scoring.actors
import campaigns.actors
import campaigns.breaker
import campaigns.simulations
import campaigns.split_actors
import campaigns.starting_actors
import campaigns.trial_sending
import tracking.actors
import tracking.report_actors
