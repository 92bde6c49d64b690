"""Every change at the border: drafting and checking, deciding, papers, screening."""

from __future__ import annotations

from customs.actions.answering import filing_key, record_answer, record_filing, refuse_filing
from customs.actions.checking import check_clearance, open_hold
from customs.actions.coding import answer_question, ask_person, confirm_code, evidence_of
from customs.actions.deciding import (
    agree,
    disagree,
    reject,
    release,
    release_with_corrections,
    remind,
    take,
)
from customs.actions.drafting import Contact, DeclarationInput, draft_declaration
from customs.actions.history import history, verify
from customs.actions.materials import state_materials
from customs.actions.papers import PaperAsked, ask_for_papers, keep_paper, upload_paper
from customs.actions.parties import decide_hit, load_parties, put_risk_model_in_force
from customs.actions.payees import screen_payee, stopping
from customs.actions.proving import age_evidence, keep_evidence, withdraw_evidence
from customs.actions.screening import rescreen
from customs.actions.withdrawing import declare_withdrawal

__all__ = [
    "Contact",
    "DeclarationInput",
    "PaperAsked",
    "age_evidence",
    "agree",
    "answer_question",
    "ask_for_papers",
    "ask_person",
    "check_clearance",
    "confirm_code",
    "decide_hit",
    "declare_withdrawal",
    "disagree",
    "draft_declaration",
    "evidence_of",
    "filing_key",
    "history",
    "keep_evidence",
    "keep_paper",
    "load_parties",
    "open_hold",
    "put_risk_model_in_force",
    "record_answer",
    "record_filing",
    "refuse_filing",
    "reject",
    "release",
    "release_with_corrections",
    "remind",
    "rescreen",
    "screen_payee",
    "state_materials",
    "stopping",
    "take",
    "upload_paper",
    "verify",
    "withdraw_evidence",
]
