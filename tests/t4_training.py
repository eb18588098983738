"""Training as a T4 can do it: float16 by autocast, with a loss scaler, on any device. Two tests share it."""

import torch
from llmcourse.scratch.gpt import GPT, GPTConfig
from llmcourse.scratch.loss_scaling import LossScaler

CONFIG = GPTConfig(vocabulary=32, context=16, width=32, layers=2, heads=2)


def losses(device, steps, scaler=None):
    """The loss of every step while a tiny GPT learns one batch by heart; scaler: the course's own by default."""
    torch.manual_seed(0)
    model = GPT(CONFIG).to(device)
    ids = torch.randint(CONFIG.vocabulary, (4, CONFIG.context + 1), generator=torch.Generator().manual_seed(0)).to(
        device
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scaler = scaler or LossScaler()
    found = []
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast(torch.device(device).type, dtype=torch.float16):
            loss = model.loss(ids)
        (loss * scaler.scale).backward()
        scaler.step(optimizer)
        found.append(loss.detach().float().cpu())
    return found
