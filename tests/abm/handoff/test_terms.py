"""Terms: how long a contract goes on when nobody gives notice."""

from datetime import date

import pytest

from abm.handoff.terms import Running, terms_begun

APRIL, MARCH = date(2025, 4, 1), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "months"),
    [
        (APRIL, MARCH, 12),
        (date(2025, 10, 1), MARCH, 6),
        (date(2026, 3, 1), MARCH, 1),
        (date(2026, 3, 20), MARCH, 1),
        (date(2021, 4, 1), MARCH, 60),
        (None, MARCH, 12),
        (APRIL, None, 11),
    ],
)
def test_a_contract_goes_on_for_as_long_as_it_ran(starts_on: date | None, ends_on: date | None, months: int) -> None:
    (term,) = terms_begun(Running(starts_on, date(2026, 2, 28), ends_on), date(2026, 3, 1))

    assert term.months == months


def test_the_day_of_notice_keeps_its_place_before_the_end() -> None:
    (term,) = terms_begun(Running(APRIL, date(2026, 1, 31), MARCH), date(2026, 2, 1))

    assert (term.renews_on, term.next_renews_on) == (date(2026, 1, 31), date(2027, 1, 31))
    assert term.next_ends_on == date(2027, 3, 31)


def test_on_its_day_a_contract_can_still_be_given_notice_of() -> None:
    assert terms_begun(Running(APRIL, MARCH, MARCH), MARCH) == []


def test_years_that_nobody_noted_are_terms_of_their_own() -> None:
    terms = terms_begun(Running(APRIL, MARCH, MARCH), date(2028, 4, 1))

    assert [term.next_renews_on for term in terms] == [date(2027, 3, 31), date(2028, 3, 31), date(2029, 3, 31)]


def test_the_second_term_is_as_long_as_the_first_though_the_contract_began_long_ago() -> None:
    (term,) = terms_begun(Running(APRIL, date(2027, 3, 31), date(2027, 3, 31), months=12), date(2027, 4, 1))

    assert term.next_renews_on == date(2028, 3, 31)


def test_the_last_day_of_a_month_stays_the_last() -> None:
    terms = terms_begun(Running(date(2026, 1, 1), date(2026, 1, 31), None), date(2026, 4, 1))

    assert [term.next_renews_on for term in terms] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_day_that_february_lacks_comes_back_in_march() -> None:
    day = date(2026, 1, 30)
    terms = terms_begun(Running(date(2025, 12, 31), day, day), date(2026, 4, 1))

    assert [term.next_renews_on for term in terms] == [date(2026, 2, 28), date(2026, 3, 30), date(2026, 4, 30)]
    assert [term.next_ends_on for term in terms] == [term.next_renews_on for term in terms]


def test_the_first_days_hold_also_for_terms_that_begin_later() -> None:
    day, first = date(2026, 2, 28), date(2026, 1, 29)
    (term,) = terms_begun(Running(None, day, day, 1, first, first), date(2026, 3, 1))

    assert (term.next_renews_on, term.next_ends_on) == (date(2026, 3, 29), date(2026, 3, 29))
    assert (term.first_renews_on, term.first_ends_on) == (first, first)
