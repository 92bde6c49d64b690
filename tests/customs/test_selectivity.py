"""The selectivity score: fitted on one year by the operator's command, measured on the next."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customs import selectivity
from customs.management.commands.fit_selectivity import COLUMNS, rows
from customs.models import RiskModel
from tests.customs.shared import shared


@pytest.fixture(scope="module")
def past() -> Path:
    return shared("data/eval/risk_declarations_train.csv")


@pytest.fixture(scope="module")
def later() -> Path:
    return shared("data/eval/risk_declarations_dev.csv")


def test_wrong_declarations_of_the_next_year_come_first(past: Path, later: Path) -> None:
    weights = selectivity.fit(rows(past, "Fraud"), source=past.name)

    found = selectivity.quality(list(rows(later, "Fraud")), weights)

    assert found.precision[0] >= 0.55
    assert found.precision[1] >= 0.48
    assert found.precision[2] >= 0.42
    assert found.auc >= 0.75
    assert found.recall_at_tenth >= 0.28


def table(path: Path, *labels: str) -> Path:
    header = ["Fraud", *COLUMNS.values()]
    lines = [",".join([label, *(f"{name}{n}" for name in "abcdefg")]) for n, label in enumerate(labels)]
    path.write_text("\n".join([",".join(header), *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.django_db
def test_the_command_measures_first_and_changes_nothing_until_told(tmp_path: Path) -> None:
    file, said = table(tmp_path / "past.csv", *"0001001"), StringIO()

    call_command("fit_selectivity", str(file), check=file, stdout=said)
    assert RiskModel.objects.count() == 0
    call_command("fit_selectivity", str(file), activate=True, stdout=said)
    call_command("fit_selectivity", str(file), activate=True, stdout=said)

    assert "7 outcomes, 28.6% of them wrong." in said.getvalue()
    assert "AUC" in said.getvalue()
    assert list(RiskModel.objects.values_list("is_active", "outcomes")) == [(True, 7), (False, 7)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("labels", "said"),
    [("02", "line 3, column Fraud: write 0 or 1"), ("00", "right and wrong"), ("", "right and wrong")],
)
def test_bad_outcomes_are_named_and_the_score_in_force_stays(tmp_path: Path, labels: str, said: str) -> None:
    file = table(tmp_path / "past.csv", *labels)

    with pytest.raises(CommandError, match=said):
        call_command("fit_selectivity", str(file), activate=True)

    assert RiskModel.objects.count() == 0


@pytest.mark.django_db
def test_a_missing_column_and_a_missing_file_are_named(tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text("Fraud,Seller ID\n0,a\n", encoding="utf-8")

    with pytest.raises(CommandError, match="has no column Country of Departure, Country of Origin"):
        call_command("fit_selectivity", str(file))
    with pytest.raises(CommandError, match="No such file"):
        call_command("fit_selectivity", str(tmp_path / "gone.csv"))
