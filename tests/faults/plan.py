"""The twenty faults that the house must stand: number, words, and the scenarios that show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

PLAN: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    1: (
        "fifty buyers at once for the last ten pieces",
        ("fifty_buyers_at_once_take_the_last_ten_pieces",),
    ),
    2: (
        "the last item of a three seller cart is taken at the same time",
        ("last_item_of_a_three_seller_cart_taken_at_the_same_time",),
    ),
    3: ("paying after the goods were let go", ("paying_after_the_goods_were_let_go",)),
    4: ("one key pressed fifty times at once", ("one_key_pressed_fifty_times_at_once",)),
    5: ("one key with another order, or no key", ("a_key_with_another_order_or_without_a_key",)),
    6: (
        "every message one to five times, shuffled, from four connections",
        (
            "every_message_one_to_five_times_shuffled_from_four_connections",
            "every_capture_reported_up_to_five_times_and_shuffled_counts_once",
        ),
    ),
    7: ("the message overtakes our own answer", ("the_message_overtakes_our_own_answer",)),
    8: ("messages that are not the provider's", ("messages_that_are_not_the_providers",)),
    9: (
        "kill -9 of the web at twelve points of checkout, five rounds",
        ("kill_9_of_the_web_at_twelve_points_of_checkout",),
    ),
    10: (
        "kill -9 of the worker tree every three seconds of a minute, 300 jobs",
        ("kill_9_of_the_worker_tree_every_three_seconds",),
    ),
    11: ("kill -9 of the broker ten times, 300 jobs", ("kill_9_of_the_broker_ten_times",)),
    12: ("kill -9 of the database under load", ("kill_9_of_the_database_under_load",)),
    13: ("the provider fails in every way", ("the_provider_fails_in_every_way",)),
    14: (
        "payout jobs twice at once, and a crash between call and commit",
        (
            "transfers_asked_twice_and_a_crash_between_call_and_commit",
            "payout_job_run_many_times_at_once_pays_once",
        ),
    ),
    15: (
        "partial refunds in any order",
        (
            "partial_refunds_in_any_order_equal_one_full_refund",
            "refunds_of_one_order_asked_at_once_never_exceed_it",
        ),
    ),
    16: (
        "disputes before and after shipment, won and lost",
        ("dispute_before_and_after_release_won_and_lost",),
    ),
    17: (
        "locked rates too late, twice and stale; the rest of a rounding is booked",
        (
            "a_locked_rate_is_used_once_and_never_after_its_time",
            "stale_rates_lock_nothing",
            "a_quote_that_ran_out_is_not_charged",
            "what_cannot_be_charged_is_booked_as_rounding",
        ),
    ),
    18: (
        "anything at any time, laws after every step",
        ("anything_at_any_time_over_order_payment_refund_dispute_and_payout",),
    ),
    19: ("twenty people for a minute", ("twenty_people_for_a_minute",)),
    20: (
        "six differences, clocks ten minutes apart, a full disk",
        (
            "six_differences_are_found_and_none_is_invented",
            "clocks_that_are_ten_minutes_apart",
            "a_full_disk",
        ),
    ),
}


def named(scenario: Callable[..., object] | str) -> str:
    """Give a scenario's words."""
    name = scenario if isinstance(scenario, str) else scenario.__name__
    return name.removeprefix("test_").replace("_", " ")


def number_of(name: str) -> int:
    """Give the number of the fault that a scenario shows; 0 for one beside the plan."""
    return next((number for number, (_words, names) in PLAN.items() if name in names), 0)
