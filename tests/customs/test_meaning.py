"""Other words for the same goods are near in meaning; the vectors ship with us and no network is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from customs.codes import index
from customs.codes.index import Phrase
from customs.codes.meaning import FOLDER, WIDTH, Floats, direction, parts

TEXTS = {
    "940161": "sofa upholstered, wooden frame",
    "731815": "screw of steel",
    "220421": "wine in bottles",
    "610910": "t-shirt knitted",
}


def of(text: str) -> Floats:
    return direction(text.split(), lambda _word: 1.0)


def test_a_word_is_cut_into_parts_that_are_known() -> None:
    names = list(parts().rank)

    assert [names[place] for place in parts().cut("sofa")] == ["_so", "fa"]
    assert "".join(names[place] for place in parts().cut("kiondoweaver")) == "_kiondoweaver"
    assert parts().cut("ß") == [parts().rank["_"]]


def test_a_direction_has_length_one_and_nothing_has_none() -> None:
    assert np.isclose(np.linalg.norm(of("woven basket of sisal")), 1.0)
    assert of("").shape == (WIDTH,)
    assert not of("").any()


def test_other_words_for_the_same_are_nearer_than_other_things() -> None:
    for one, same, other in (
        ("sofa", "couch", "screw"),
        ("automobile", "car", "cheese"),
        ("trousers", "pants", "hammer"),
    ):
        assert of(one) @ of(same) > of(one) @ of(other) + 0.1


def test_a_word_that_stands_in_no_text_finds_its_goods(tmp_path: Path) -> None:
    index.build(
        tmp_path / "i",
        dict.fromkeys(TEXTS, ""),
        [(n, Phrase(t, (c,))) for n, (c, t) in enumerate(TEXTS.items())],
    )
    built = index.read(tmp_path / "i")

    for asked, code in (("couch", "940161"), ("bolts", "731815"), ("beer", "220421"), ("shirts", "610910")):
        best = built.codes[int(built.ask(asked).codes.argmax())]
        assert best == code, asked


def test_the_parts_come_with_their_licence() -> None:
    assert (FOLDER / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
