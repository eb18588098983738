"""What a CUDA GPU must give: the numbers of the CPU, in the number type that the GPU computes fast. `make test-gpu`."""

import pytest
import torch
from llmcourse import load_model, trace
from llmcourse.embedded_model import prepare
from llmcourse.machine import choose_dtype
from llmcourse.scratch.llama import Llama

pytestmark = pytest.mark.gpu
TEXT = "The lighthouse keeper climbed the stairs every evening, because"


@pytest.fixture(scope="module")
def on_gpu():
    return load_model(device="cuda", dtype="float32")


def test_auto_takes_the_gpu_and_its_number_type():
    model, _ = load_model()
    assert model.device.type == "cuda"
    assert model.dtype is choose_dtype("auto", model.device)
    fast = torch.bfloat16 if torch.cuda.get_device_capability() >= (8, 0) else torch.float16
    assert model.dtype is fast


def test_a_trace_holds_the_numbers_of_the_cpu(on_gpu, loaded):
    ours, theirs = trace(*on_gpu, TEXT), trace(*loaded, TEXT)
    torch.testing.assert_close(ours.logits.cpu(), theirs.logits, atol=2e-2, rtol=1e-3)
    torch.testing.assert_close(ours.attention.cpu(), theirs.attention, atol=1e-3, rtol=0)


def test_half_precision_chooses_the_same_next_token(loaded):
    model, tokenizer = load_model(device="cuda")
    ids = tokenizer(TEXT, return_tensors="pt").input_ids
    with torch.inference_mode():
        ours, theirs = model(ids.to("cuda")).logits[0, -1].float().cpu(), loaded[0](ids).logits[0, -1]
    assert ours.isfinite().all()
    assert ours.argmax() == theirs.argmax()
    assert (ours.softmax(-1) - theirs.softmax(-1)).abs().max() < 0.03


def test_the_courses_llama_agrees_with_transformers_there(on_gpu):
    model, tokenizer = on_gpu
    ids = tokenizer(TEXT, return_tensors="pt").input_ids.to("cuda")
    ours = Llama.from_pretrained(prepare()).to("cuda")
    with torch.inference_mode():
        torch.testing.assert_close(ours(ids), model(ids).logits, atol=2e-2, rtol=1e-3)
    assert ours.generate(ids, 8, end_ids=()).shape[-1] >= 8


def test_training_in_float16_needs_the_scaler_and_learns():
    from t4_training import losses

    found = losses("cuda", steps=40)
    assert all(map(torch.isfinite, found)) and found[-1] < 0.7 * found[0]


def test_qlora_trains_on_four_bit_weights():
    from llmcourse.scratch.batch_answers import label_batch
    from llmcourse.scratch.gpu_qlora import gpu_qlora, why_not

    if reason := why_not():
        pytest.skip(reason)
    _, tokenizer = load_model(device="cpu")
    prompt, answer = tokenizer("Say yes.").input_ids, tokenizer(" Yes.").input_ids
    batch = label_batch([(prompt + answer, [-100] * len(prompt) + answer)], pad=0)
    result = gpu_qlora("smollm2-135m", [batch], steps=8)
    assert result["losses"][-1] < result["losses"][0]
    assert 0 < result["peak"] < 6e9, "it fits a T4 with much to spare"
