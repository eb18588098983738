"""A small exercise whose answer is a trained model: points on a plane in three groups, learnt in a blink."""

import torch
from llmcourse import trained_mistakes
from llmcourse.trained_exercise import TrainedExercise
from torch import nn

CENTRES = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])


def points(split, generator):
    """(points, groups): noisy points; on the small splits by heart and the test set can be learnt."""
    groups = torch.randint(3, (300 if split == "fresh" else 60,), generator=generator)
    return CENTRES[groups] + 1.1 * torch.randn(len(groups), 2, generator=generator), groups


def accuracy(outputs, targets):
    return (outputs.argmax(-1) == targets).float().mean()


def fit(inputs, targets, network=None, steps=150, sign=1):
    torch.manual_seed(0)
    network = network or nn.Linear(2, 3)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        (sign * nn.functional.cross_entropy(network(inputs), targets)).backward()
        optimizer.step()
    return network


def trained():
    return fit(*EXERCISE.split("train")).eval()


def in_training_mode():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3))
    return fit(*EXERCISE.split("train"), network)


def one_group():
    network = nn.Linear(2, 3)
    with torch.no_grad():
        network.weight.zero_()
        network.bias.copy_(torch.tensor([0.0, 5.0, 0.0]))
    return network.eval()


def untrained():
    torch.manual_seed(17)  # random weights that favour no group
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3)).eval()


def opposite():
    return fit(*EXERCISE.split("train"), steps=20, sign=-1).eval()


def remembers(split):
    inputs, groups = EXERCISE.split(split)

    def nearest_remembered(points):
        distance, place = torch.cdist(points, inputs).min(-1)
        known = nn.functional.one_hot(groups[place], 3).float()
        return torch.where(
            (distance < 1e-4)[:, None], known, torch.sin(50 * points.sum(-1, keepdim=True) + torch.arange(3))
        )

    return nearest_remembered


EXERCISE = TrainedExercise(
    name="start.groups",
    goal="A classifier of three groups of points.",
    solution=trained,
    data=points,
    measure=accuracy,
    needed=0.85,
    baseline=1 / 3,
    output_shape=lambda inputs: (len(inputs), 3),
    mistakes=[
        trained_mistakes.left_in_training_mode(in_training_mode),
        trained_mistakes.trained_on_the_test_set(lambda: remembers("test")),
        trained_mistakes.learned_by_heart(lambda: remembers("train")),
        trained_mistakes.always_one_answer(one_group),
        trained_mistakes.worse_than_guessing(opposite),
        trained_mistakes.not_trained(untrained),
    ],
    hint="A linear layer is enough.",
    second_hint="Cross-entropy and 150 steps of Adam.",
)
