"""The people of a deal."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from marketplace.sandbox.app import Sandbox
from tests.journeys.deal import Deal


@pytest.fixture
def deal(
    client: Client, sandbox: Sandbox, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Deal:
    """Give a buyer, a bank and a carrier; sellers and operators sign in when they are needed."""
    return Deal(client, sandbox, django_capture_on_commit_callbacks)
