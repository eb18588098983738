"""Training runs: exact resumption, whole files, and words that help where a run cannot go on."""

import os
import signal

import pytest
import torch
from llmcourse import TrainingMonitor
from llmcourse.scratch.batch_answers import label_batch
from llmcourse.scratch.fine_tuning import TrainingError, train
from llmcourse.scratch.lora import add_lora
from tiny_gguf import tiny_model

BATCHES = [label_batch([([1, 2, 3, 4 + k], [-100, 2, 3, 4 + k]), ([5, 6], [5, 6])], pad=0) for k in range(3)]


def prepared(dropout=0.1):
    return add_lora(tiny_model(), rank=2, dropout=dropout)


def learnt(model):
    return [weights.detach().clone() for weights in model.parameters() if weights.requires_grad]


def test_a_stopped_run_goes_on_exactly(tmp_path):
    torch.manual_seed(3)
    whole = prepared()
    losses = train(whole, BATCHES, steps=12)
    torch.manual_seed(3)
    path, parts = tmp_path / "run.pt", prepared()
    assert train(parts, BATCHES, steps=12, path=path, until=5) == losses[:5]
    torch.rand(7)  # other things happen in between
    parts = prepared()  # a new process
    assert train(parts, BATCHES, steps=12, path=path) == losses
    assert all(map(torch.equal, learnt(parts), learnt(whole)))
    assert train(parts, BATCHES, steps=12, path=path) == losses  # nothing is left to do


def test_an_interrupt_ends_after_its_step_and_is_resumed(tmp_path):
    expected = train(prepared(0), BATCHES, steps=6)
    calls = []

    def batch_of(step):
        calls.append(step)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return BATCHES[step % 3]

    before = signal.getsignal(signal.SIGINT)
    path = tmp_path / "run.pt"
    assert train(prepared(0), batch_of, steps=6, path=path) == expected[:3]
    assert signal.getsignal(signal.SIGINT) is before
    assert train(prepared(0), batch_of, steps=6, path=path) == expected
    assert calls == [0, 1, 2, 3, 4, 5]


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    losses = train(prepared(), BATCHES, steps=4, path=path, until=2)
    old = path.read_bytes()

    def full_disk(state, file):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        train(prepared(), BATCHES, steps=4, path=path)
    assert path.read_bytes() == old and [each.name for each in tmp_path.iterdir()] == ["run.pt"]
    monkeypatch.undo()
    assert train(prepared(), BATCHES, steps=4, path=path)[:2] == losses


def test_only_what_requires_gradients_changes():
    model = prepared()
    frozen = {name: weights.clone() for name, weights in model.named_parameters() if not weights.requires_grad}
    before = learnt(model)
    train(model, BATCHES, steps=3)
    assert not all(map(torch.equal, learnt(model), before))
    assert all(torch.equal(weights, frozen[name]) for name, weights in model.named_parameters() if name in frozen)
    assert all(weights.grad is None for weights in model.parameters())
    assert not model.training


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_says_what_to_change(tmp_path, value):
    def loss(model, batch):
        return sum(weights.sum() for weights in learning) * value

    model = prepared()
    learning = [weights for weights in model.parameters() if weights.requires_grad]
    before = learnt(model)
    with pytest.raises(TrainingError, match=r"step 0 the loss became (nan|inf|-inf).*lr=0\.0004 instead of 0\.002"):
        train(model, BATCHES, steps=3, loss=loss, path=tmp_path / "run.pt")
    assert all(map(torch.equal, learnt(model), before))


def test_a_gradient_that_is_no_number_says_so_too():
    layer = torch.nn.Linear(1, 1, bias=False)
    with pytest.raises(TrainingError, match="the gradient became"):
        train(layer, [torch.zeros(1, 1)], 1, loss=lambda layer, x: (layer.weight - layer.weight.detach()).sum().sqrt())


@pytest.mark.parametrize(
    "refusal",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CPU: can't allocate memory")],
)
def test_refused_memory_says_what_to_change(tmp_path, refusal):
    def loss(model, batch):
        raise refusal

    with pytest.raises(TrainingError, match=r"memory does not suffice for step 0.*batch.*to_nf4.*run\.pt"):
        train(prepared(), BATCHES, steps=3, loss=loss, path=tmp_path / "run.pt")


def test_another_error_stays_what_it_is():
    def loss(model, batch):
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch") as caught:
        train(prepared(), BATCHES, steps=3, loss=loss)
    assert not isinstance(caught.value, TrainingError)


def test_wrong_arguments_are_told(tmp_path):
    with pytest.raises(ValueError, match="add_lora"):
        train(tiny_model().requires_grad_(False), BATCHES, steps=1)
    with pytest.raises(ValueError, match="steps must be 1 or more"):
        train(prepared(), BATCHES, steps=0)
    with pytest.raises(ValueError, match="batches must hold one"):
        train(prepared(), [], steps=1)
    path = tmp_path / "run.pt"
    train(prepared(), BATCHES, steps=4, path=path, until=1)
    with pytest.raises(ValueError, match="of this run"):
        train(prepared(), BATCHES, steps=5, path=path)
    with pytest.raises(ValueError, match="of this run"):
        train(add_lora(tiny_model(), rank=3), BATCHES, steps=4, path=path)
    for content in (b"", b"no checkpoint", path.read_bytes()[:-200]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="Delete it"):
            train(prepared(), BATCHES, steps=4, path=path)


def test_a_monitor_sees_each_step(tmp_path):
    monitor, path = TrainingMonitor(6), tmp_path / "run.pt"
    train(prepared(), BATCHES, steps=6, path=path, until=2, monitor=monitor)
    losses = train(prepared(), BATCHES, steps=6, path=path, monitor=monitor)
    steps, values = monitor.run("run").column("loss")
    assert steps.tolist() == list(range(6)) and values.tolist() == losses
    assert monitor.progress["done"] == 6 and monitor.state == "finished"


def test_float16_weights_learn_with_a_scaled_loss(tmp_path):
    model = prepared(0).half()
    for weights in model.parameters():
        if weights.requires_grad:
            weights.data = weights.data.float()  # as add_lora makes them beside float16 weights
    losses = train(model, BATCHES[:1], steps=20, lr=1e-2, path=tmp_path / "run.pt")
    assert losses[-1] < losses[0]
    assert torch.load(tmp_path / "run.pt", weights_only=True)["scaler"]["scale"] > 1
