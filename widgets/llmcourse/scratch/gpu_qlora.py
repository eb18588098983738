"""QLoRA as it runs on a GPU: bitsandbytes keeps the frozen weights in NF4, PEFT adds LoRA, the optimiser is paged."""

import importlib.util


def why_not():
    """What is missing here for QLoRA on a GPU, in one sentence; None where nothing is.

    >>> why_not() is None or "QLoRA" in why_not()
    True
    """
    import torch

    if not torch.cuda.is_available():
        return "QLoRA by bitsandbytes needs a CUDA GPU, and torch finds none here: its numbers are simulated above."
    for name in ("bitsandbytes", "peft"):
        if importlib.util.find_spec(name) is None:
            return f"QLoRA on this GPU needs the package {name}: pip install {name}"
    return None


def gpu_qlora(name, batches, steps=5, rank=8, targets="all-linear", lr=2e-4):
    """Train LoRA on 4-bit weights for some steps: {losses, peak}, the peak in bytes of the GPU's memory.

    name: "smollm2-135m", a hub id or a folder. batches: of `label_batch`. The 4-bit weights are computed with in
    bfloat16 from compute capability 8.0 and in float16 below (see machine.choose_dtype), where the loss is scaled, so
    that small gradients do not become zero. Raises RuntimeError, with the sentence of `why_not`, where it cannot run.
    """
    if reason := why_not():
        raise RuntimeError(reason)
    import bitsandbytes
    import torch
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    from .. import embedded_model
    from ..machine import choose_device, choose_dtype
    from .batch_answers import answer_loss

    device = choose_device("cuda")
    half = choose_dtype("auto", device)
    torch.cuda.reset_peak_memory_stats()
    model = AutoModelForCausalLM.from_pretrained(
        embedded_model.prepare() if name == embedded_model.NAME else name,
        quantization_config=BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=half,
        ),
        device_map={"": device},
    )
    model = prepare_model_for_kbit_training(model)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, task_type="CAUSAL_LM")
    tuned = get_peft_model(model, config).train()
    learning = [weights for weights in tuned.parameters() if weights.requires_grad]
    paged = bitsandbytes.optim.PagedAdamW8bit(learning, lr=lr)
    scaler = torch.amp.GradScaler("cuda", enabled=half == torch.float16)
    losses = []
    for step in range(steps):
        batch = (each.to(device) for each in batches[step % len(batches)])
        with torch.autocast("cuda", dtype=half):
            loss = answer_loss(tuned.get_base_model(), *batch)
        scaler.scale(loss).backward()
        scaler.step(paged)
        scaler.update()
        paged.zero_grad()
        losses.append(loss.item())
    return {"losses": losses, "peak": torch.cuda.max_memory_allocated()}
