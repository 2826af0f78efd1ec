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
    word     is, is_not, in, not_in, known, unknown
    flag     is, with true (if left out) or false
    number   at_least, at_most, more_than, less_than, is, is_not, known, unknown
    day      within (the last so many days, today included), not_within (longer ago, in the future, or never),
             ahead (today or in the days to come, so many in all), not_ahead (later, in the past, or never),
             before, after, is (2026-11-12), known, unknown; days are the installation's

    A field marked * holds several values: a check holds when it holds for one of them, and its opposite (is_not,
    not_in, not_contains, not_within, not_ahead, unknown) when it holds for none.

The company:

    text     account.name  account.industry  account.prefecture  account.owner (the user's mail address)
             account.domain*  account.parent (name of the company above)
             account.group* (names of the company itself and of every company above it)
    word     account.tier (1:1, 1:few, 1:many)  account.stage (all_others … excluded)
    flag     account.mqa  account.sample
    number   account.employees  account.revenue (yen a year)  account.closing_month
             account.depth  account.counted_depth  account.breadth (people with 10 points or more)
             account.engaged_influencers (those of them whose buying role is influencer, by points as of now)
    day      account.last_contacted_on  account.last_event_on (the newest thing a human did; recency)
             account.confirmed_on (freshness)

The department; nothing is known for people without one:

    text     department.name  department.owner
             department.topic* (what its people used, or what was heard of it)
    number   department.score (the points of its people as they have decayed by now)

The person:

    text     contact.name  contact.title  contact.email_domain  contact.import* (ids of the imports a contact was in)
             contact.tag* (as steps of sequences put them)
             contact.sequence* (names of those they are or were in)  contact.active_sequence* (those under way)
    word     contact.seniority (executive, division_head, department_head, section_head, other)
             contact.buying_role (decision_maker …)  contact.job_function (sales, engineering …)
             contact.language (ja, en)  contact.stale_reason (bounced, moved …)
    flag     contact.has_address  contact.suppressed  contact.sample  contact.stale (the record is not trusted any more)
             contact.consent (may be mailed by the consent ledger: the newest refusal wins over all but an opt-in)
    number   contact.score (points as they have decayed by now)
    day      contact.created_on  contact.last_contacted_on  contact.last_event_on  contact.confirmed_on

What the company buys; all of it is the company's, whoever the person is. Each field stands alone: two checks may be
met by two different deals.

    flag     deal.open  contract.running  ticket.open  ticket.complaint (an open one)
    word     deal.stage* (of every deal)  deal.lost_reason*  ticket.severity* (of open tickets: low, normal, high)
    number   deal.amount* (of open deals)
    text     deal.product* (of open deals)  contract.product* (of running contracts)  product.owned* (today);
             products are meant by their code
    day      deal.expected_close_on* (of open deals)  deal.lost_on*  ticket.opened_on*
             contract.renews_on*  contract.ends_on* (of running contracts)

What was heard: needs of the person, and those told for the department or company without naming anybody.

    word     need.kind* (interest, problem, need)
    text     need.topic*  need.product* (its code)
    day      need.said_on*  need.horizon_from*  need.horizon_until* (when they mean to act)

Custom fields: account.custom.CODE, contact.custom.CODE and deal.custom.CODE (of every deal, so *), of the kind that
their definition says; a choice is compared as a text. A code that is not defined is an error.

The signs = == != >= <= > < may be written for is, is_not, at_least, at_most, more_than and less_than.

Where nothing is known every comparison is false, and its opposite (is_not, not_in, not_contains, not_within, not_ahead)
true; unknown says that nothing is known. An empty text is as good as none, and a custom value that does not fit the
kind of its field (a number field that holds words) is as good as none too.
"""
