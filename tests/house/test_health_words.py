"""Everything that runs has words for the page of health."""

from __future__ import annotations

from marketplace.console import wording
from marketplace.subscriptions import SUBSCRIPTIONS


def test_every_job_and_every_piece_of_news_has_words_and_no_other_has():
    jobs = {task.name for tasks in SUBSCRIPTIONS.values() for task in tasks}
    news = {fact.__name__ for fact in SUBSCRIPTIONS}

    assert set(wording.JOBS) == jobs
    assert set(wording.NEWS) == news


def test_what_nobody_named_is_still_readable():
    assert wording.job("orders.tasks.count_the_days") == "Count the days"
    assert wording.news("MoonRisen") == "moon risen"
