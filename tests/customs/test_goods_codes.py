"""Finding the customs code: the tree, the search, questions, the choice and what is learned from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from catalog.models import Product, ProductState
from customs import actions, notices
from customs.codes import editions, loading, search, tree, walk
from customs.codes.text import trigrams, words
from customs.models import (
    CodeQuestion,
    Commodity,
    ConfirmedCode,
    GoodsPhrase,
    InterceptMessage,
    SearchEdition,
)
from customs.refusals import AlreadyAnswered, CodeUnexplained, UnknownCode
from marketplace.accounts.models import Membership, User
from marketplace.events.models import Event
from marketplace.notifications.models import Notice
from tests.customs.world import NOON, company, operator, person

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def codes(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load tree and words once for this file, and take them out behind it."""
    with django_db_blocker.unblock():
        call_command("load_goods_codes", stdout=StringIO())
    yield
    with django_db_blocker.unblock():
        for model in (GoodsPhrase, SearchEdition):
            model.objects.all().delete()
        for level in (6, 4, 2, 0):
            Commodity.objects.filter(system=tree.SYSTEM, level=level).delete()
        tree.forget()


@pytest.fixture
def basket() -> Product:
    return Product.objects.create(
        number="PRD-1", slug="basket", seller=company("COM-1", "Kiondo Weavers"), title="Basket of sisal",
        origin="KE",
    )  # fmt: skip


def maker(product: Product) -> User:
    found = person("wanjiru@kiondo.example", company=product.seller)
    Membership.objects.create(user=found, company=product.seller, role=Membership.Role.OWNER)
    return found


def found(text: str, **more: str) -> list[str]:
    return [one.code for one in search.suggest(text, **more).codes]


def load(tmp_path: Path, name: str, content: bytes, form: str, *more: str) -> str:
    file = tmp_path / name
    file.write_bytes(content)
    out = StringIO()
    call_command("load_goods_texts", str(file), "--format", form, *more, stdout=out)
    return out.getvalue()


def test_the_tree_of_the_package_has_every_level_with_its_parents(codes: None) -> None:
    levels = {level: Commodity.objects.filter(level=level).count() for level in (0, 2, 4, 6)}
    basket = Commodity.objects.get(system="HS2022", code="460219")

    assert levels == {0: 21, 2: 96, 4: 1228, 6: 5612}
    assert basket.parent
    assert basket.parent.code == "4602"
    assert basket.parent.parent
    assert basket.parent.parent.parent
    assert (basket.parent.parent.code, basket.parent.parent.parent.code) == ("46", "IX")
    assert "sisal" not in basket.text
    assert basket.confidence == "read"


def test_loading_the_codes_again_changes_nothing(codes: None) -> None:
    out = StringIO()

    call_command("load_goods_codes", stdout=out)

    assert out.getvalue().startswith("HS 2022: 0 codes new or changed")
    assert SearchEdition.objects.count() == 1


def test_words_are_cut_the_same_way_in_texts_and_questions() -> None:
    assert words("Women’s Boxes, of BERRIES 2 pcs!") == ["women", "box", "berry"]
    assert trigrams("Tea") == [" te", "tea", "ea "]
    assert words("Café") == ["cafe"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("woven basket of sisal", "460219"),
        ("Lithium-ion battery", "850760"),
        ("red wine in bottles", "220421"),
        ("stainles steel watter bottel", "732393"),  # spelled badly
        ("ceramic mug", "691200"),
    ],
)
def test_goods_in_plain_words_are_among_the_five(codes: None, text: str, code: str) -> None:
    assert code in found(text)


def test_each_code_comes_with_its_reason_and_a_chance_that_is_not_certainty(codes: None) -> None:
    first = search.suggest("chopping board of bamboo").codes[0]

    assert first.code == "441911"
    assert first.path[0][0] == "IX"
    assert [code for code, _text in first.path[1:]] == ["44", "4419", "441911"]
    assert "bamboo" in first.matched
    assert "bamboo" in first.reason
    assert 0 < first.share <= search.SHARE < 1


def test_only_codes_of_hs_2022_are_shown(codes: None) -> None:
    known = tree.texts()

    for text in ("shoes", "x", "телефон", "💎 ring", "a" * 5000, "plastic" * 90):
        assert all(code in known for code in found(text))


@pytest.mark.parametrize("text", ["", "   ", "accessories", "gift", "\x00", "new products"])
def test_a_text_that_names_no_goods_is_answered_with_a_question(codes: None, text: str) -> None:
    answer = search.suggest(text)

    assert answer.question is not None
    assert answer.question.about == "what"
    assert "What is it exactly?" in answer.question.words


def test_a_dress_brings_the_question_that_decides_its_chapter(codes: None) -> None:
    asked = search.suggest("dress for women").question
    said = search.suggest("knitted dress for women of cotton").question

    assert asked is not None
    assert asked.answers == ("knitted", "woven")
    assert said is None or said.answers != ("knitted", "woven")


def test_without_the_tree_the_search_says_so() -> None:
    SearchEdition.objects.all().delete()

    answer = search.suggest("basket")

    assert answer.codes == ()
    assert answer.question is not None
    assert "not loaded yet" in answer.question.words


def test_a_search_takes_the_same_few_statements_however_long_the_words(codes: None) -> None:
    search.suggest("warm")
    counts = []
    for text in ("basket", "basket of sisal " * 40):
        with CaptureQueriesContext(connection) as queries:
            search.suggest(text)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 6


def test_a_confirmed_choice_is_stored_with_what_was_shown_and_ranks_first_next_time(
    codes: None, basket: Product
) -> None:
    words_ = "Kiondo with leather straps"
    before = search.suggest(words_)
    assert "420222" not in [one.code for one in before.codes[:1]]

    for _ in range(2):
        actions.confirm_code(
            seller=basket.seller, number="PRD-1", code="420222", words=words_,
            evidence=actions.evidence_of(before, way="walk"), by=maker_once(basket), at=NOON,
        )  # fmt: skip

    kept = ConfirmedCode.objects.get()
    basket.refresh_from_db()
    after = search.suggest("kiondo with leather strap").codes[0]
    assert basket.hs_code == "420222"
    assert [one["code"] for one in kept.evidence["shown"]] == [one.code for one in before.codes]
    assert (kept.evidence["query"], kept.evidence["way"]) == (words_, "walk")
    assert (after.code, after.reason) == (
        "420222", "A maker confirmed this code for goods described like yours.",
    )  # fmt: skip
    assert [event.name for event in Event.objects.about("PRD-1")] == ["CodeConfirmed"]


def maker_once(product: Product) -> User:
    return User.objects.filter(company=product.seller).first() or maker(product)


def test_another_choice_withdraws_the_first_and_only_the_second_is_learned(
    codes: None, basket: Product
) -> None:
    shown = actions.evidence_of(search.suggest("kiondo"), way="search")
    confirm = partial(
        actions.confirm_code, seller=basket.seller, number="PRD-1", words="kiondo", evidence=shown,
        by=maker(basket), at=NOON,
    )  # fmt: skip

    confirm(code="420222")
    confirm(code="460219")

    assert dict(editions.learned("kiondo")) == {"460219": 1.0}


def test_a_longer_national_code_of_the_same_goods_stays(codes: None, basket: Product) -> None:
    Product.objects.filter(pk=basket.pk).update(hs_code="4602191000")
    shown = actions.evidence_of(search.suggest("basket"), way="search")

    actions.confirm_code(
        seller=basket.seller, number="PRD-1", code="460219", words="basket", evidence=shown,
        by=maker(basket), at=NOON,
    )  # fmt: skip

    basket.refresh_from_db()
    assert basket.hs_code == "4602191000"


@pytest.mark.parametrize("code", ["460299", "4602", "abcdef", "", "4602191000"])
def test_a_code_that_does_not_exist_is_refused_and_nothing_changes(
    codes: None, basket: Product, code: str
) -> None:
    with pytest.raises(UnknownCode):
        actions.confirm_code(
            seller=basket.seller, number="PRD-1", code=code, words="x", evidence={}, by=maker(basket), at=NOON
        )

    basket.refresh_from_db()
    assert (basket.hs_code, ConfirmedCode.objects.count()) == ("", 0)


def test_a_person_is_asked_once_and_proposes_but_the_maker_confirms(codes: None, basket: Product) -> None:
    by, desk = maker(basket), operator()
    ask = partial(actions.ask_person, seller=basket.seller, number="PRD-1", shown=[], by=by, at=NOON)
    ask(query="kiondo")
    asked = ask(query="kiondo of sisal")

    with pytest.raises(CodeUnexplained):
        actions.answer_question(question_id=asked.pk, code="460219", reason="ok", by=desk, at=NOON)
    actions.answer_question(
        question_id=asked.pk, code="460219", reason="It is plaited of sisal.", by=desk, at=NOON
    )
    with pytest.raises(AlreadyAnswered):
        actions.answer_question(
            question_id=asked.pk, code="420222", reason="It is a bag I think.", by=desk, at=NOON
        )

    basket.refresh_from_db()
    question = CodeQuestion.objects.get()
    assert (question.query, question.answer, basket.hs_code) == ("kiondo of sisal", "460219", "")
    assert [event.name for event in Event.objects.about("PRD-1")] == ["CodeAsked", "CodeAnswered"]


def test_the_maker_hears_of_the_answer(basket: Product) -> None:
    question = CodeQuestion.objects.create(
        company=basket.seller, product_number="PRD-1", query="kiondo", asked_at=NOON, answer="460219",
        reason="It is plaited of sisal.",
    )  # fmt: skip

    notices.code_answered(question)

    assert Notice.objects.get().title == "A customs code for PRD-1: 460219"


def test_the_walk_leads_from_the_sections_down_to_a_code_and_marks_what_fits(codes: None) -> None:
    top = walk.step("", "sisal basket")
    heading = walk.step("4602", "sisal basket")
    end = walk.step("460219")

    assert len(top.choices) == 21
    assert top.question == "Which group of goods is it?"
    assert "IX" in [code for code, _text, likely in top.choices if likely]
    assert [code for code, _text, _likely in walk.step("").choices][:4] == ["I", "II", "III", "IV"]
    assert heading.choices[0][0] == "460219"
    assert [code for code, _text in end.way] == ["IX", "46", "4602", "460219"]
    assert end.choices == ()
    assert walk.step("9999").way == ()


def test_the_makers_page_works_without_scripts_from_search_to_choice(codes: None, basket: Product) -> None:
    client = Client()
    client.force_login(maker(basket))
    page = "/sell/products/PRD-1/customs-code/"

    shown = client.get(page, {"q": "woven basket of sisal"}).content.decode()
    tree_page = client.get(page, {"q": "basket", "under": "46"}).content.decode()
    done = client.post(f"{page}choice/", {"q": "woven basket of sisal", "code": "460219"})
    asked = client.post(f"{page}question/", {"q": "woven basket of sisal"})

    basket.refresh_from_db()
    kept = ConfirmedCode.objects.get()
    assert "460219" in shown
    assert "Take this code" in shown
    assert "4602" in tree_page
    assert (done.status_code, asked.status_code, basket.hs_code) == (302, 302, "460219")
    assert (kept.evidence["way"], kept.confirmed_by_id) == ("search", User.objects.get().pk)
    assert kept.evidence["shown"][0]["code"] in shown


def test_a_made_up_code_from_the_page_is_refused_in_words(codes: None, basket: Product) -> None:
    client = Client()
    client.force_login(maker(basket))

    answer = client.post("/sell/products/PRD-1/customs-code/choice/", {"q": "basket", "code": "999999"})

    basket.refresh_from_db()
    assert answer.status_code == 422
    assert "has no code 999999" in answer.content.decode()
    assert (basket.hs_code, ConfirmedCode.objects.count()) == ("", 0)


def test_another_companys_product_is_not_found(codes: None, basket: Product) -> None:
    other = company("COM-2", "Other")
    stranger = person("eve@other.example", company=other)
    Membership.objects.create(user=stranger, company=other, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(stranger)

    page = "/sell/products/PRD-1/customs-code/"
    answers = [
        client.get(page),
        client.post(f"{page}choice/", {"code": "460219"}),
        client.post(f"{page}question/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert ConfirmedCode.objects.count() == CodeQuestion.objects.count() == 0


def test_a_live_listing_gets_the_code_as_a_change_to_be_approved(codes: None, basket: Product) -> None:
    Product.objects.filter(pk=basket.pk).update(state=ProductState.LIVE)

    actions.confirm_code(
        seller=basket.seller, number="PRD-1", code="460219", words="basket", evidence={},
        by=maker(basket), at=NOON,
    )  # fmt: skip

    basket.refresh_from_db()
    assert (basket.hs_code, basket.changes) == ("", {"hs_code": "460219"})


def test_the_public_search_answers_with_reasons_and_refuses_an_empty_question(
    codes: None, client: Client
) -> None:
    good = client.get("/api/v1/hs-codes/", {"q": "sisal basket", "category": "Home"}).json()
    bad = client.get("/api/v1/hs-codes/")
    long = client.get("/api/v1/hs-codes/", {"q": "x" * 301})

    assert good["codes"][0]["code"] == "460219"
    assert len(good["codes"]) == 5
    assert good["codes"][0]["path"][1] == {"code": "46", "text": good["codes"][0]["path"][1]["text"]}
    assert {len(one["code"]) for one in good["headings"]} == {4}
    assert (bad.status_code, long.status_code) == (400, 400)
    assert bad.json()["errors"] == [{"field": "q", "detail": "Say in words what the goods are."}]
    assert bad["Content-Type"] == "application/problem+json"


def test_a_file_of_references_adds_words_and_is_replaced_whole(codes: None, tmp_path: Path) -> None:
    first = json.dumps({"kiondo": "4602190000", "old code": "9999990000"}).encode()
    dry = load(tmp_path, "a.json", first, "search-references", "--dry-run")
    assert GoodsPhrase.objects.filter(source="search-references").count() == 0

    load(tmp_path, "a.json", first, "search-references")
    assert found("kiondo")[0] == "460219"
    again = load(tmp_path, "a.json", first, "search-references")
    other = load(tmp_path, "b.json", b'{"mukeka": "4601290000"}', "search-references")

    assert "1 phrases" in dry
    assert "1 rows left out" in dry
    assert "HS 2022 has no code 9999990000" in dry
    assert "0 added, 0 changed, 0 gone" in again
    assert "1 added, 0 changed, 1 gone" in other


@pytest.mark.parametrize(
    ("form", "content", "words_"),
    [
        ("search-references", b'{"a": "4602', "This is not JSON"),
        ("search-references", b'["a"]', "must map terms to codes"),
        ("cn8-texts", b"commodity,text\n46021990,x\n", "no column description"),
        ("cn8-texts", b"commodity,description\n46021990\n", "Row 2 is cut off"),
        ("cn8-texts", b"commodity,description\n46021990,\xff\xfe\n", "not UTF-8: byte 31"),
        ("intercept-messages", b"default: [", "not a file of messages"),
        ("synonyms", b"lonely\n", "Line 1 is no rule"),
        ("vague-terms", b"", "no row that can be used"),
    ],
)
def test_a_broken_file_is_refused_with_its_place_and_nothing_is_loaded(
    codes: None, tmp_path: Path, form: str, content: bytes, words_: str
) -> None:
    before = GoodsPhrase.objects.count()

    with pytest.raises(CommandError, match=words_):
        load(tmp_path, "file", content, form)

    assert (GoodsPhrase.objects.count(), InterceptMessage.objects.count()) == (before, 0)
    assert SearchEdition.objects.count() == 1


def test_a_file_over_the_limit_is_refused(codes: None) -> None:
    with pytest.raises(loading.FileUnreadable, match="larger than 50 MB"):
        loading.read(b"x" * (loading.LARGEST + 1), "phrases")


def test_an_operators_message_becomes_the_question_and_its_headings_are_searched(
    codes: None, tmp_path: Path
) -> None:
    message = (
        b'default: &default\n  kiondo: "Kiondos are classified under heading 4602, depending on material."\n'
    )

    load(tmp_path, "messages.yml", message, "intercept-messages")

    answer = search.suggest("Kiondo")
    assert answer.question is not None
    assert answer.question.words.startswith("Kiondos are classified")
    assert {one.heading for one in answer.codes[:2]} == {"4602"}


def test_a_vague_term_of_the_operators_list_is_asked_back(codes: None, tmp_path: Path) -> None:
    load(tmp_path, "vague.csv", b'"drill strip"\n', "vague-terms")

    answer = search.suggest("Drill  strip")

    assert answer.question is not None
    assert answer.question.words.startswith("“drill strip” is too general.")


def test_a_synonym_adds_its_words_to_the_question(codes: None, tmp_path: Path) -> None:
    assert found("pochette")[:1] != ["460219"]

    load(tmp_path, "synonyms.txt", b"# ours\npochette => pochette, basket of sisal\n", "synonyms")

    assert found("pochette")[0] == "460219"


def test_the_customs_desk_answers_from_its_page(codes: None, basket: Product) -> None:
    asked = actions.ask_person(
        seller=basket.seller, number="PRD-1", query="sisal basket", shown=[], by=maker(basket), at=NOON
    )
    client = Client()
    client.force_login(operator())

    page = client.get("/console/codes/").content.decode()
    done = client.post(
        f"/console/codes/{asked.pk}/", {"code": "4602.19", "reason": "Plaited of sisal leaves."}
    )

    asked.refresh_from_db()
    assert "sisal basket" in page
    assert "460219" in page
    assert (done.status_code, asked.answer) == (302, "460219")
