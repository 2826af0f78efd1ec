"""The condition language: who is meant, as a document that one parser reads and every engine answers alike.

A condition is asked about one contact, together with their department and account. It is JSON (or YAML):

    {"all": [
        {"field": "account.industry", "op": "contains", "value": "製造"},
        {"field": "contact.seniority", "op": "in", "value": ["executive", "department_head"]},
        {"did": "download", "at_least": 2, "within": 30},
        {"not": [{"field": "contact.sequence", "op": "is", "value": "first_steps"}]}
    ]}

Groups, at most 8 deep and 200 conditions in all:

    {"all": [...]}   every part holds
    {"any": [...]}   at least one part holds
    {"not": [...]}   none of the parts holds

What people did: {"did": KIND, "at_least": N, "within": DAYS, "topic": TOPIC}

    did        an event kind (click, download, premium_download, key_page, webinar_registered, webinar_attended,
               webinar_on_demand, reply, inquiry, meeting, demo_request, booth_talk, unsubscribe, careers_page, open),
               a list of them, or "any". Only what a human did counts (verdicts proven and likely); opens are as a
               rule unknown and so do not count
    at_least   how often, 1 if left out; for "never" put it into a "not"
    within     the last so many days before now: 30, "30d", "4w", "12h", {"days": 30}; left out: ever
    topic      only what carries this topic, exactly as written

A field: {"field": FIELD, "op": OPERATOR, "value": VALUE}; without "op" it is "is".

    text     is, is_not, in, not_in, contains, not_contains, starts_with, known, unknown
             compared without regard to full or half width and A–Z case
                 account.name  account.industry  account.prefecture  account.owner (the user's mail address)
                 department.name  department.owner  contact.name  contact.title  contact.email_domain
    texts    the same operators; holds when it holds for one of the values
                 account.domain  contact.import (ids of the imports a contact was in)
                 contact.sequence (names of those they are or were in)  contact.active_sequence (those under way)
    word     is, is_not, in, not_in, known, unknown
                 account.tier (1:1, 1:few, 1:many)  account.stage (all_others … excluded)
                 contact.seniority (executive, division_head, department_head, section_head, other)
                 contact.buying_role (decision_maker …)  contact.language (ja, en)
    flag     is, with true (if left out) or false
                 account.mqa  account.sample  contact.has_address  contact.suppressed  contact.sample
                 contact.consent (may be mailed by the consent ledger: the newest refusal wins over all but an opt-in)
    number   at_least, at_most, more_than, less_than, is, is_not, known, unknown
                 account.depth  account.counted_depth  account.breadth (people with 10 points or more)
                 account.closing_month  contact.score; points as they have decayed by now
    day      within (the last so many days, today included), not_within (longer ago, in the future, or never),
             before, after, is (2026-11-12), known, unknown; days are the installation's
                 account.last_contacted_on  contact.last_contacted_on  contact.created_on

The signs = == != >= <= > < may be written for is, is_not, at_least, at_most, more_than and less_than.
Where nothing is known every comparison is false, and its opposite (is_not, not_in, not_contains, not_within) true.
"""
