"""Ids of an import are of version 7, in the order in which they were made."""

from uuid import UUID

from abm.importers.write import id_maker


def test_ids_of_an_import_follow_each_other() -> None:
    new_id = id_maker()

    made = [UUID(new_id()) for _ in range(1_000)]

    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert made == sorted(set(made))


def test_two_imports_never_make_the_same_ids() -> None:
    one, other = id_maker(), id_maker()

    assert not {one() for _ in range(1_000)} & {other() for _ in range(1_000)}
