"""What the lists go by: every threshold in one place, shown on the page of the list that uses it."""

from collections.abc import Mapping
from decimal import Decimal

from abm.words import AbcClass, RiskReason

# Somebody called, visited, met or wrote within so many days: the account is being approached.
APPROACHED_DAYS = 30
# Neither a contact of ours nor an act of theirs for so long: nothing moves.
DORMANT_DAYS = 180
# A customer who decided against us stays on the list so long; afterwards they count as dormant.
PASSED_DAYS = 730
# The first renewal reminder goes out so far ahead.
RENEWAL_DAYS = 180
# A record that nobody confirmed for so long is not trusted for letters any more.
STALE_DAYS = 365
# Silent for so long, and then something happened within the last so many days.
AWAY_DAYS = 365
RETURNED_DAYS = 30
# An open deal without a new stage or logged work for so long.
STALLED_DAYS = 30

# The accounts that together carry the first part of revenue are A, up to the second B, the rest C.
CLASS_SHARES: Mapping[AbcClass, Decimal] = {AbcClass.A: Decimal("0.80"), AbcClass.B: Decimal("0.95")}
# How often a class should hear from us at least.
CONTACT_EVERY_DAYS: Mapping[AbcClass, int] = {AbcClass.A: 30, AbcClass.B: 90, AbcClass.C: 180}
# An account with so much counted depth is warm enough to be raised.
WARM_DEPTH = 15.0

# A rhythm can be told from so many orders on different days; with fewer any date would be a guess.
ORDERS_NEEDED = 3
SOON_DAYS = 30

# Interest older than this is no reason to call.
INTEREST_DAYS = 365

# Customers at risk: how much each reason weighs, and from where on it is one.
RISK_POINTS: Mapping[RiskReason, int] = {
    RiskReason.USAGE_FALLING: 30,
    RiskReason.LOW_SATISFACTION: 25,
    RiskReason.COMPLAINT: 25,
    RiskReason.RENEWAL_NEAR: 20,
    RiskReason.REPEATED_TICKETS: 15,
    RiskReason.SILENCE: 15,
    RiskReason.OPEN_TICKET: 10,
}
# Usage of the last three months against the three before: at or below this part it is falling.
USAGE_KEPT = 0.8
USAGE_MONTHS = 3
CSAT_LOW = 2
NPS_LOW = 6
SATISFACTION_DAYS = 180
TICKET_DAYS = 90
TICKETS_REPEATED = 3
SILENT_CUSTOMER_DAYS = 90
RISK_RENEWAL_DAYS = 90
