"""Accounts with a similar name in the same prefecture, asked of the database in one statement with bounded probes.

A name one slip away keeps its first or its last half, and its length but for one; the indexes are ordered by both,
so that the number of accounts does not matter. `abm.customers.match` judges what is found.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.match import SHORTEST_SIMILAR

# What is asked for: a prefecture, and the core of a name.
Name = tuple[str, str]

# Of a half that many firms share, only so many of one length are looked at.
PROBED = 60
# How much longer a name may be that ours begins: 伊藤忠 → 伊藤忠商事.
LONGER = 5
BEGUN = 5
# The server compares no longer texts.
LONGEST = 200

# Each branch walks an index over (prefecture, length, name): names that keep our first half, those that keep our last
# half, those that ours begins, and those that begin ours. Signs are ordered as bytes whatever the server's collation.
ALIKE = text(
    """
    with asked as materialized (
        select prefecture, core, signs, slips, greatest(2, signs / (1 + slips)) as half
        from unnest(string_to_array(:prefectures, chr(31)), string_to_array(:cores, chr(31))) as a (prefecture, core)
        cross join lateral (select char_length(core) as signs) l
        cross join lateral (select greatest(1, signs / 5) as slips) s
    ), near as (
        select q.*, n from asked q cross join lateral generate_series(q.signs - q.slips, q.signs + q.slips) as n
    )
    select q.prefecture, q.core, found.id from near q
    cross join lateral (
        select id, normalised_name from accounts
        where archived_at is null and prefecture = q.prefecture and char_length(normalised_name) = q.n
          and normalised_name ~>=~ left(q.core, q.half)
          and normalised_name ~<~ (left(q.core, q.half) || chr(1114111))
        limit :probed
    ) found
    where levenshtein_less_equal(found.normalised_name, q.core, q.slips) <= q.slips
    union
    select q.prefecture, q.core, found.id from near q
    cross join lateral (
        select id, normalised_name from accounts
        where archived_at is null and prefecture = q.prefecture and char_length(normalised_name) = q.n
          and reverse(normalised_name) ~>=~ reverse(right(q.core, q.half))
          and reverse(normalised_name) ~<~ (reverse(right(q.core, q.half)) || chr(1114111))
        limit :probed
    ) found
    where levenshtein_less_equal(found.normalised_name, q.core, q.slips) <= q.slips
    union
    select q.prefecture, q.core, found.id from asked q
    cross join lateral generate_series(q.signs + 1, q.signs + :longer) as n
    cross join lateral (
        select id from accounts
        where archived_at is null and prefecture = q.prefecture and char_length(normalised_name) = n
          and normalised_name ~>=~ q.core and normalised_name ~<~ (q.core || chr(1114111))
        limit :begun
    ) found
    union
    select q.prefecture, q.core, found.id from asked q
    cross join lateral generate_series(greatest(:shortest, q.signs - :longer), q.signs - 1) as n
    cross join lateral (
        select id from accounts
        where archived_at is null and prefecture = q.prefecture and char_length(normalised_name) = n
          and normalised_name = left(q.core, n)
        limit :begun
    ) found
    """
)


def find_alike(session: Session, named: Iterable[Name]) -> dict[Name, set[str]]:
    """By (prefecture, core name): the accounts whose name may be similar to it."""
    asked = sorted({(prefecture, core) for prefecture, core in named if SHORTEST_SIMILAR <= len(core) <= LONGEST})
    if not asked:
        return {}
    prefectures, cores = ("\x1f".join(column) for column in zip(*asked, strict=True))
    values = {"prefectures": prefectures, "cores": cores, "probed": PROBED, "begun": BEGUN}
    lengths = {"longer": LONGER, "shortest": SHORTEST_SIMILAR}
    found: defaultdict[Name, set[str]] = defaultdict(set)
    for prefecture, core, account_id in session.execute(ALIKE, {**values, **lengths}):
        found[prefecture, core].add(str(account_id))
    return found
