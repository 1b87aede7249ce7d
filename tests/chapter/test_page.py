from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from unspool.chapter.page import page, section
from unspool.chapter.running import run
from unspool.chapter.traps import TRAPS

FEW = {"epochs": 2, "examples": 40}
# Elements that have no end.
VOID = {"meta", "img", "br"}


class Checked(HTMLParser):
    """Fails where an element is not closed; keeps the links, the anchors and the pictures."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.anchors, self.pictures = [], [], set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in given:
            self.anchors.add(given["id"])
        if "href" in given:
            self.links.append(given["href"])
        if "src" in given:
            self.pictures.append(given["src"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def results():
    return [
        run("naive-ten"),
        run("linear", improved=True, **FEW),
        run("features-simple-rnn", **FEW),
    ]


@pytest.fixture(scope="module")
def text(results):
    return page(results, [section(r) for r in results], seed=3, seconds=61.4, missing=2)


def test_the_page_is_whole_and_needs_no_other_file(text):
    checked = Checked()
    checked.feed(text)
    assert not checked.open
    assert checked.links
    assert {link[1:] for link in checked.links} <= checked.anchors
    assert all(link.startswith("#") for link in checked.links)
    for source in checked.pictures:
        kind, _, data = source.partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
    # Forecasts of naive-ten, losses and forecasts of linear, losses of features-simple-rnn.
    assert len(checked.pictures) == 3


def test_the_table_has_the_figures(text, results):
    rows = re.findall(r"<tr><td.*?</tr>", text)
    naive, linear, features = (re.sub(r"<[^>]+>", "|", row) for row in rows)
    assert "|0.257||0.257|" in naive
    assert f"|0.00417||{results[1].figure:.4g}||{results[1].improved_figure:.4g}|" in linear
    assert 'class="number met">0.257' in rows[0]
    assert 'class="number missed">' in rows[1]
    assert "met" not in rows[2]
    assert "missed" not in rows[2]
    assert "ten features" in features


def test_it_says_the_seed_the_time_and_what_is_missing(text):
    assert "3 experiments, seed 3, 61 s in all. Interrupted: 2 more were not run." in text


def test_only_traps_that_were_run_into_are_told(text):
    assert TRAPS[1].title in text
    assert "0.2228" in text
    assert TRAPS[2].title not in text
    assert 'href="#trap-1"' in text


def test_words_of_a_docstring_are_set_as_they_are_meant(text):
    assert "<em>target</em>" in text


def test_without_improved_forms_there_is_no_column_for_them(results, text):
    assert "improved</th>" in text
    plain = [results[0]]
    assert "improved" not in page(plain, [], seed=0, seconds=1, missing=0).split("</table>")[0]
