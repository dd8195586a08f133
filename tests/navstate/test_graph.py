"""Flows drawn as Mermaid text and as SVG, and the command that does it."""

from __future__ import annotations

import functools
import re
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from navstate import registry
from navstate.flow import Flow, Stage
from navstate.graph import described, kind_of, mermaid, steps_back, svg, way, ways_round, words
from tests.navstate.flows import ACCOUNT, OFFICE, PURCHASE, has_lines, is_delivered

SVG = "{http://www.w3.org/2000/svg}"
ODD = Flow(
    name="odd <&>",
    stages=(
        Stage(name="end", url="a", title='A <b> & "c" that goes on and on and on', why="Two\nlines <&>."),
        Stage(name="b-2", url="b", applies=lambda facts: True),
        Stage(name="c", url="c", applies=is_delivered, reads=tuple(f"a_long_name_of_a_fact_{n}" for n in range(9))),
        Stage(name="d", url="d"),
    ),
)
ENDS = Flow(name="ends", stages=(Stage(name="done", url="done", outcome=True),))
FLOWS = [PURCHASE, ACCOUNT, OFFICE, ODD, ENDS]
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)


def test_what_a_stage_is_in_words():
    assert kind_of(PURCHASE["cart"]) == "gate: has lines"
    assert kind_of(ACCOUNT["login"]) == "gate, shown once: is signed in"
    assert kind_of(PURCHASE["address"]) == "form"
    assert kind_of(PURCHASE["receipt"]) == "outcome"


@pytest.mark.parametrize(
    ("condition", "text"),
    [(has_lines, "has lines"), (lambda facts: True, "a condition"), (functools.partial(has_lines), "a condition")],
)
def test_a_condition_is_called_by_its_name(condition, text):
    assert words(condition) == text


def test_back_leads_to_the_nearest_stage_that_is_shown_again():
    assert list(steps_back(way(PURCHASE))) == [(1, 0), (2, 1), (3, 2), (4, 3)]
    assert list(steps_back(way(ACCOUNT))) == [(3, 2)], "never into a login that was passed"


def test_the_way_round_a_stage_that_may_not_apply():
    assert list(ways_round(way(PURCHASE))) == [(1, 3)]
    assert list(ways_round(way(ODD))) == [(0, 2), (0, 3), (1, 3)]
    assert list(ways_round(way(ACCOUNT))) == []


def test_a_purchase_in_mermaid():
    assert mermaid(PURCHASE) == (
        """%% Flow purchase, policy guide
flowchart TD
    stage_cart{{"cart<br>gate: has lines"}}
    stage_address["address<br>form"]
    stage_shipping["shipping<br>form"]
    stage_payment["payment<br>form"]
    stage_review["review<br>form"]
    subgraph outcomes [closed]
        stage_receipt(["receipt<br>outcome"])
    end
    stage_cart --> stage_address
    stage_address --> stage_shipping
    stage_shipping --> stage_payment
    stage_payment --> stage_review
    stage_review ==> stage_receipt
    stage_address -. "unless is delivered" .-> stage_payment
    stage_address -. back .-> stage_cart
    stage_shipping -. back .-> stage_address
    stage_payment -. back .-> stage_shipping
    stage_review -. back .-> stage_payment
    %% led to cart: The cart comes first.
    %% led to address: The address comes first.
    %% led to shipping: The delivery comes first.
    %% led to payment: The payment comes first.
    %% led to review: Look again.
"""
    )


def test_mermaid_text_survives_any_title():
    text = mermaid(ODD)
    assert 'stage_end["A #lt;b#gt; #amp; #quot;c#quot; that goes on and on and on<br>form"]' in text
    assert "stage_b_2" in text
    assert 'stage_end -. "unless a condition or is delivered" .-> stage_d' in text
    assert "    %% led to end: Two lines <&>.\n" in text
    assert "subgraph" not in text


@every_flow
def test_the_same_flow_gives_the_same_drawing(flow):
    assert mermaid(flow) == mermaid(flow)
    assert svg(flow) == svg(flow)


@every_flow
def test_the_drawing_is_a_whole_svg_with_a_name_and_a_description(flow):
    root = ElementTree.fromstring(svg(flow))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, text = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {text.get('id')}"
    assert title.text == f"The flow {flow.name}"
    assert text.text == described(flow)


@every_flow
def test_the_drawing_loads_and_runs_nothing(flow):
    drawn = svg(flow).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"http|url\(|<script|<a |onload|href", drawn)


@every_flow
def test_every_stage_has_a_card_and_lies_inside_the_picture(flow):
    root = ElementTree.fromstring(svg(flow))
    height = int(root.get("height"))
    cards = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") in {"card", "outcome"}]
    assert len(cards) == len(flow.stages)
    tops = [int(card.get("y")) for card in cards]
    bottoms = [int(card.get("y")) + int(card.get("height")) for card in cards]
    assert all(bottom < top for bottom, top in zip(bottoms, tops[1:], strict=False)), "cards overlap"
    assert bottoms[-1] < height


def edges(flow, kind):
    return [path for path in ElementTree.fromstring(svg(flow)).iter(f"{SVG}path") if path.get("class") == kind]


def test_forward_back_and_round_edges_of_a_purchase():
    assert len(edges(PURCHASE, "way")) == 5, "four steps and the end of the attempt"
    assert len(edges(PURCHASE, "back")) == 4
    assert len(edges(PURCHASE, "round")) == 1
    assert len(edges(PURCHASE, "led")) == 5
    assert len(edges(ACCOUNT, "way")) == 3
    assert edges(ENDS, "way") == []


def test_the_reason_for_leading_somebody_to_a_stage_is_its_title():
    titles = [title.text for title in ElementTree.fromstring(svg(PURCHASE)).iter(f"{SVG}title")]
    assert "shipping. Led here from further ahead: The delivery comes first." in titles
    assert "unless is delivered" in titles


def test_the_description_says_everything_that_is_drawn():
    text = described(PURCHASE)
    assert text.startswith(
        "Stages in order: cart, address, shipping, payment, review. cart: gate: has lines; reads lines."
    )
    assert "shipping: form; applies if is delivered; reads country, method. Led here" in text
    assert text.endswith("receipt: outcome.")


def test_long_titles_are_cut_and_long_lists_wrapped():
    drawn = svg(ODD)
    assert 'A &lt;b&gt; &amp; "c" that goes…' in drawn
    lines = [text.text for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]
    assert max(map(len, lines)) <= 60


# --- manage.py navgraph -------------------------------------------------------------------------------------------------


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    for flow in (PURCHASE, ACCOUNT):
        registry.register(flow, facts=lambda request: {})


def test_every_flow_is_printed_in_both_formats(registered, capsys):
    call_command("navgraph")
    drawings = [mermaid(PURCHASE), svg(PURCHASE), mermaid(ACCOUNT), svg(ACCOUNT)]
    assert capsys.readouterr().out == "".join(drawings)


def test_one_flow_in_one_format(registered, capsys):
    call_command("navgraph", "account", "--format", "svg")
    assert capsys.readouterr().out == svg(ACCOUNT)


def test_drawings_are_written_to_a_folder_that_need_not_exist(registered, capsys, tmp_path):
    folder = tmp_path / "a" / "b"
    call_command("navgraph", "--output", str(folder))
    names = ["purchase.mmd", "purchase.svg", "account.mmd", "account.svg"]
    assert capsys.readouterr().out.splitlines() == [str(folder / name) for name in names]
    assert (folder / "purchase.svg").read_text(encoding="utf-8") == svg(PURCHASE)
    assert (folder / "account.mmd").read_text(encoding="utf-8") == mermaid(ACCOUNT)


def test_an_unknown_flow_is_named_beside_the_known_ones(registered):
    with pytest.raises(CommandError, match=r"^No flow 'pruchase'; there are: purchase, account\.$"):
        call_command("navgraph", "pruchase")


def test_a_project_without_flows_is_told_so(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    with pytest.raises(CommandError, match=r"^No flow is registered\.$"):
        call_command("navgraph")


def test_a_folder_that_cannot_be_written_is_one_clear_line(registered, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"^Cannot write .*purchase\.mmd: File exists$"):
        call_command("navgraph", "--output", str(tmp_path / "file"))


def test_the_shop_s_own_flows_are_drawn(capsys):
    call_command("navgraph")
    assert "%% Flow checkout, policy guide" in capsys.readouterr().out
