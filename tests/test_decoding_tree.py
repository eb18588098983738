"""DecodingTree in Python: the same paths as greedy and beam search, exact probabilities, errors that help."""

import copy
import io

import pytest
import torch
from llmcourse import DecodingTree
from llmcourse.continuation_tree import LONGEST_TEXT, ContinuationTree
from llmcourse.scratch.beam_search import beam_search
from llmcourse.scratch.sampling import generate
from PIL import Image
from tiny_models import tiny_gpt2, tiny_llama
from traitlets import TraitError

TEXT = "She opened the door and saw"


@pytest.fixture
def tiny():
    return tiny_llama()


@pytest.fixture
def tree(tiny, tokenizer):
    return DecodingTree(tiny, tokenizer, TEXT, depth=3, width=2)


def ids_of(tree, path):
    return [tree.nodes[number]["token_id"] for number in path]


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_the_same_paths_and_scores_as_the_searches(make, width, tokenizer):
    model, ids = make(), tokenizer(TEXT).input_ids
    tree = DecodingTree(model, tokenizer, TEXT, depth=3, width=width)
    assert ids_of(tree, tree.greedy) == generate(model, ids, max_new_tokens=3)
    expected = beam_search(model, ids, beams=width, max_new_tokens=3, length_penalty=0.0)
    assert [ids_of(tree, beam) for beam in tree.beams] == [new for new, _ in expected]
    scores = torch.tensor([tree.nodes[beam[-1]]["log_prob"] for beam in tree.beams])
    torch.testing.assert_close(scores, torch.tensor([score for _, score in expected]), atol=1e-4, rtol=0)


def test_on_the_real_model_beams_find_a_likelier_text(model, tokenizer):
    tree = DecodingTree(model, tokenizer, TEXT, depth=4, width=3)
    assert tree.text_of(tree.greedy) == " a young woman with"
    assert tree.text_of(tree.beams[0]) == " a group of people"
    assert "times as probable" in tree.summary
    assert tree.nodes[tree.beams[0][-1]]["log_prob"] > tree.nodes[tree.greedy[-1]]["log_prob"]


def test_every_number_is_the_models_own(tiny, tokenizer, tree):
    for node in tree.nodes[1:]:
        above = tree._tree.path(node["number"])[:-1]
        ids = tokenizer(TEXT).input_ids + ids_of(tree, above)
        with torch.inference_mode():
            log_probs = tiny(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
        assert node["prob"] == pytest.approx(log_probs[node["token_id"]].exp().item(), rel=1e-4)
        total = tree.nodes[node["parent"]]["log_prob"] + log_probs[node["token_id"]].item()
        assert node["log_prob"] == pytest.approx(total, abs=1e-4)
    for node in tree.nodes:
        probs = [tree.nodes[child]["prob"] for child in node["children"]]
        assert probs == sorted(probs, reverse=True)


def test_one_forward_pass_a_level(tiny, tokenizer):
    passes = []
    tiny.register_forward_hook(lambda *_: passes.append(1))
    tree = ContinuationTree(tiny, tokenizer, TEXT, width=3)
    tree.beam_paths(beams=3, depth=4)
    assert len(passes) == 4
    tree.beam_paths(beams=3, depth=4)
    assert len(passes) == 4, "what is grown already costs nothing"


def test_a_node_is_grown_when_the_page_asks(tree):
    leaf = next(node["number"] for node in tree.nodes if not node["grown"])
    before = len(tree.nodes)
    tree.asked = leaf
    assert tree.asked == -1
    assert tree.nodes[leaf]["grown"]
    assert [node["parent"] for node in tree.nodes[before:]] == [leaf, leaf]
    with pytest.raises(ValueError, match="one of the"):
        tree.grow(10_000)
    tree.asked = 10_000
    assert "one of the" in tree.error
    tree.asked = leaf
    assert tree.error == ""


def test_nothing_follows_the_end_token(tiny, tokenizer):
    likeliest = generate(tiny, tokenizer(TEXT).input_ids, max_new_tokens=1)[0]
    other = copy.deepcopy(tokenizer)
    other.eos_token = tokenizer.convert_ids_to_tokens(likeliest)
    assert other.eos_token_id == likeliest
    tree = DecodingTree(tiny, other, TEXT, depth=3, width=2)
    assert len(tree.greedy) == 1
    assert tree.nodes[tree.greedy[0]]["ends"]
    before = len(tree.nodes)
    tree.grow(tree.greedy[0])
    assert len(tree.nodes) == before
    # The ended path beats every longer one of this nearly uniform model.
    assert tree.beams[0] == tree.greedy


def test_settings_search_again(tree):
    tree.selected = 3
    tree.width = 3
    assert len(tree.beams) == 3 and tree.selected == 0
    tree.depth = 1
    assert all(len(beam) == 1 for beam in tree.beams)
    tree.text = "Another text"
    assert tree.nodes[0]["token"] == "Another text"


@pytest.mark.parametrize("settings", [{"depth": 0}, {"depth": 13}, {"width": 0}, {"width": 9}])
def test_settings_outside_their_range(settings, tiny, tokenizer, tree):
    name = next(iter(settings))
    with pytest.raises(TraitError, match=f"{name} must lie between 1 and"):
        DecodingTree(tiny, tokenizer, TEXT, **settings)
    with pytest.raises(TraitError, match=f"{name} must lie between 1 and"):
        setattr(tree, name, settings[name])


def test_bad_text_is_told_and_the_last_good_tree_stays(tree, tiny, tokenizer):
    nodes = tree.nodes
    tree.text = ""
    assert "empty" in tree.error and tree.nodes == nodes
    tree.text = "word " * (LONGEST_TEXT + 1)
    assert "at most 64 fit" in tree.error and tree.nodes == nodes, "the tiny model's context"
    tree.text = "good again"
    assert tree.error == ""
    with pytest.raises(ValueError, match="empty"):
        DecodingTree(tiny, tokenizer, "")


def test_the_context_is_not_overrun(tokenizer):
    with pytest.raises(ValueError, match="at most 8 fit"):
        DecodingTree(tiny_llama(context=8), tokenizer, TEXT, depth=4, width=2)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "🎉" * 5, "\u202e مرحبا", "日本"])
def test_strange_text_has_a_picture_and_a_page(text, tiny, tokenizer):
    tree = DecodingTree(tiny, tokenizer, text, depth=2, width=3)
    image = Image.open(io.BytesIO(tree.picture()))
    assert image.width > 300 and image.height > 100
    page = tree.to_html()
    assert "<script>alert" not in page
