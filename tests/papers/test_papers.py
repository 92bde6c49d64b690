"""Papers, their numbers, and the inbox."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import transaction

from marketplace.documents import actions
from marketplace.documents.models import Document
from marketplace.notifications.actions import notify
from marketplace.notifications.models import Notice
from tests.catalog import world

pytestmark = pytest.mark.django_db


def test_numbers_have_no_gaps_when_a_transaction_fails():
    class Broken(Exception):
        pass

    first = actions.next_number("INV", year=2026)
    with pytest.raises(Broken), transaction.atomic():  # noqa: PT012
        actions.next_number("INV", year=2026)
        raise Broken
    second = actions.next_number("INV", year=2026)

    assert (first, second) == ("INV-2026-000001", "INV-2026-000002")
    assert actions.next_number("INV", year=2027) == "INV-2027-000001"


def test_a_paper_is_for_its_companies_only(client):
    mine, theirs = world.company(), world.company()
    paper = actions.store("invoice", "ORD-1", "../in\r\nvoice “é”.pdf", b"%PDF-1", "application/pdf", [mine])

    client.force_login(world.person(theirs))
    assert client.get(paper.get_absolute_url()).status_code == 404
    client.force_login(world.person(mine))
    answer = client.get(paper.get_absolute_url())

    assert b"".join(answer.streaming_content) == b"%PDF-1"
    answer.close()
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline; filename")
    assert "\n" not in answer["Content-Disposition"]


def test_a_paper_that_a_browser_could_run_is_only_downloaded(client):
    mine = world.company()
    paper = actions.store("proof", "ORD-1", "x.html", b"<script>1</script>", "text/html", [mine])
    client.force_login(world.person(mine))

    answer = client.get(paper.get_absolute_url())
    answer.close()

    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_same_content_is_one_version_and_a_change_the_next():
    for content in (b"a", b"a", b"b"):
        actions.store("invoice", "ORD-1", "i.pdf", content, "application/pdf")

    assert list(Document.objects.about("ORD-1").values_list("version", flat=True)) == [2, 1]


def test_a_notice_reaches_inbox_and_mail_once(client, django_capture_on_commit_callbacks):
    company = world.company()
    reader, stranger = world.person(company), world.person(world.company())

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            notify(company=company, kind="order", title="Pack\nnow", url="/sell/orders/1/", key="pack-1")

    assert [m.to for m in mail.outbox] == [[reader.email]]
    assert mail.outbox[0].subject == "Pack now"
    client.force_login(stranger)
    client.post("/inbox/read/")
    assert Notice.objects.unread().count() == 1
    client.force_login(reader)
    assert "Pack" in client.get("/inbox/").content.decode()
    client.post("/inbox/read/")
    assert Notice.objects.unread().count() == 0
