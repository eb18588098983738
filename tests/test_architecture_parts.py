"""The tree of parts against transformers' own models: every weight by name and shape, every matrix product counted."""

import pytest
import torch
import transformers
from llmcourse.architecture_modules import module_parts
from llmcourse.architecture_names import NAMES
from llmcourse.architecture_parts import Part, model_parts
from llmcourse.architecture_words import WORDS
from llmcourse.model_configs import from_config
from llmcourse.model_shapes import PRESETS, ModelShape, shape_of
from torch.utils.flop_counter import FlopCounterMode
from transformers import GPT2Config, LlamaConfig, MarianConfig, T5Config

BASE = {
    "vocab_size": 37_000,
    "d_model": 512,
    "encoder_layers": 6,
    "decoder_layers": 6,
    "encoder_attention_heads": 8,
    "decoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "decoder_ffn_dim": 2048,
    "pad_token_id": 0,
    "decoder_start_token_id": 0,
}
LLAMA_3 = {
    "vocab_size": 128_256,
    "intermediate_size": 14_336,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500_000.0},
}
SMOL = {
    "vocab_size": 49_152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0},
}
# transformers' defaults are GPT-2 small, Llama 1 7B and T5-small. The totals are the published ones.
TWINS = {
    "gpt2": (transformers.GPT2LMHeadModel, GPT2Config(), 124_439_808),
    "llama-1-7b": (transformers.LlamaForCausalLM, LlamaConfig(), 6_738_415_616),
    "llama-2-7b": (transformers.LlamaForCausalLM, LlamaConfig(max_position_embeddings=4096), 6_738_415_616),
    "llama-3-8b": (transformers.LlamaForCausalLM, LlamaConfig(**LLAMA_3), 8_030_261_248),
    "smollm2-135m": (transformers.LlamaForCausalLM, LlamaConfig(**SMOL), 134_515_008),
    "transformer-base": (transformers.MarianMTModel, MarianConfig(**BASE), 63_082_496),
    "t5-small": (transformers.T5ForConditionalGeneration, T5Config(), 60_506_624),
}
TINY = {
    "gpt2": (
        transformers.GPT2LMHeadModel,
        GPT2Config(vocab_size=97, n_embd=24, n_layer=2, n_head=4, n_positions=32, bos_token_id=0, eos_token_id=0),
    ),
    "llama": (
        transformers.LlamaForCausalLM,
        LlamaConfig(
            vocab_size=97,
            hidden_size=24,
            intermediate_size=40,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            attention_bias=True,
            mlp_bias=True,
        ),
    ),
    "t5": (
        transformers.T5ForConditionalGeneration,
        T5Config(vocab_size=97, d_model=24, d_kv=5, d_ff=40, num_layers=3, num_decoder_layers=2, num_heads=4),
    ),
    "marian": (
        transformers.MarianMTModel,
        MarianConfig(**BASE | {"vocab_size": 97, "d_model": 24, "decoder_layers": 2, "max_position_embeddings": 64}),
    ),
}


def weights_of(model):
    return {name: tuple(weight.shape) for name, weight in model.named_parameters() if weight.requires_grad}


def on_meta(kind, config):
    with torch.device("meta"):
        return kind(config)


@pytest.mark.parametrize("name", PRESETS)
def test_every_weight_has_the_name_and_shape_that_transformers_gives_it(name):
    kind, config, published = TWINS[name]
    twin, tree = on_meta(kind, config), model_parts(PRESETS[name])
    assert dict(tree.named_weights()) == weights_of(twin)
    assert len(tree.named_weights()) == len(weights_of(twin)), "no weight is counted twice"
    assert tree.parameters == sum(weight.numel() for weight in twin.parameters() if weight.requires_grad) == published


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_what_its_configuration_says(name):
    preset, twin = PRESETS[name], from_config(TWINS[name][1])
    told = {"name", "title", "source"} | ({"context"} if PRESETS[name].encoder_layers else set())  # not in T5's
    assert {field: value for field, value in vars(twin).items() if field not in told} == {
        field: value for field, value in vars(preset).items() if field not in told
    }
    assert preset.source.count("https://") == 1


@pytest.mark.parametrize("layout", NAMES)
def test_other_sizes_have_their_own_weights(layout):
    kind, config = TINY[layout]
    assert dict(model_parts(from_config(config)).named_weights()) == weights_of(on_meta(kind, config))


def test_the_embedded_models_own_weights(model):
    tree = model_parts(shape_of(model))
    assert dict(tree.named_weights()) == weights_of(model)
    assert tree.parameters == model.num_parameters() == model_parts(PRESETS["smollm2-135m"]).parameters
    for part in every_part(tree):
        names = dict(part.named_weights(part_layers(tree, part)))
        assert sum(model.get_parameter(name).numel() for name in names) == part.parameters * (
            part_layers(tree, part) if part.repeat == 1 else 1
        )


def every_part(part):
    yield part
    for child in part.children:
        yield from every_part(child)


def part_layers(tree, part):
    """How often a part stands in the model: the layers inside a block, else 1."""
    block = next(one for one in every_part(tree) if one.repeat > 1)
    return block.repeat if part.key.startswith(block.key + ".") else 1


@pytest.mark.parametrize("layout", NAMES)
def test_the_cost_of_a_token_is_what_torch_counts(layout):
    kind, config = TINY[layout]
    torch.manual_seed(0)
    config._attn_implementation = "eager"
    twin, shape = kind(config).eval(), from_config(config)
    batch, length, source = 3, 7, 5
    ids = torch.ones(batch, length, dtype=torch.long)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        if shape.encoder_layers:
            twin(input_ids=ids[:, :source], decoder_input_ids=ids, use_cache=False)
        else:
            twin(ids, use_cache=False)
    costs = costs_of(model_parts(shape), length, source)
    assert counter.get_total_flops() == batch * sum(cost * {"S": source, "T": length}[of] for of, cost in costs)


def costs_of(part, length, source, repeat=1):
    """(whose token, "S" or "T", its cost) of every part that has matrix products."""
    repeat *= part.repeat
    if any(part.flops):
        queries = part.shape[2] if part.key.endswith("scores") else part.shape[1]
        yield queries, repeat * (part.flops[0] + part.flops[1] * (length if part.view == "T" else source))
    for child in part.children:
        yield from costs_of(child, length, source, repeat)


def test_a_token_of_a_model_costs_the_sum_of_its_parts():
    tree = model_parts(PRESETS["t5-small"])
    assert tree.flops_of_token(11, 13) == sum(cost for _, cost in costs_of(tree, 11, 13))
    small = model_parts(PRESETS["gpt2"])
    products = 2 * (small.parameters - 1024 * 768 - (12 * 13 + 2) * 768)  # all but positions, norms and biases
    assert small.flops_of_token(100) == products + 12 * 2 * 2 * 100 * 768


def test_every_part_says_what_it_does():
    for preset in PRESETS.values():
        keys = [part.key for part in every_part(model_parts(preset))]
        assert len(keys) == len(set(keys))
        for part in every_part(model_parts(preset)):
            assert part.formula and part.says and part.shape and part.name
    assert all(len(words) == 2 for words in WORDS.values())


def test_what_is_no_model_is_told():
    with pytest.raises(ValueError, match="no preset is called 'gpt-9'; there are smollm2-135m, gpt2"):
        shape_of("gpt-9")
    with pytest.raises(TypeError, match="got int"):
        shape_of(7)
    with pytest.raises(ValueError, match="config.model_type must be one of gpt2, llama"):
        shape_of(transformers.BertConfig())
    with pytest.raises(ValueError, match="gated MLP"):
        from_config(T5Config(feed_forward_proj="gated-gelu"))
    with pytest.raises(ValueError, match="cross attention"):
        from_config(GPT2Config(add_cross_attention=True))
    with pytest.raises(ValueError, match="differ in heads"):
        from_config(MarianConfig(encoder_ffn_dim=8))
    assert isinstance(shape_of(PRESETS["gpt2"]), ModelShape)


def test_the_kinds_of_attention():
    assert [PRESETS[name].attention for name in ("gpt2", "llama-3-8b")] == ["MHA", "GQA"]
    config = LlamaConfig(num_attention_heads=4, num_key_value_heads=1, hidden_size=32)
    assert from_config(config).attention == "MQA"


class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(10, 4)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(3))
        self.mixed = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.ReLU(), torch.nn.Linear(2, 4))
        self.head = torch.nn.Linear(4, 10, bias=False)
        self.head.weight = self.embed.weight
        self.scale = torch.nn.Parameter(torch.ones(1))


@pytest.mark.parametrize("own", [Own(), torch.nn.Linear(3, 2), torch.nn.Transformer(8, 2, 2, 2, 16), torch.nn.ReLU()])
def test_a_module_of_ones_own_is_a_tree_of_its_parameters(own):
    tree = module_parts(own)
    assert isinstance(tree, Part)
    assert dict(tree.named_weights()) == weights_of(own)
    assert tree.parameters == sum(weight.numel() for weight in own.parameters())


def test_layers_alike_are_folded_and_shared_weights_counted_once():
    tree = module_parts(Own())
    layers = next(part for part in every_part(tree) if part.key == "layers.{n}")
    assert (layers.repeat, layers.parameters) == (3, 60)
    head = next(part for part in every_part(tree) if part.key == "head")
    assert head.parameters == 0 and "shared" in head.says
