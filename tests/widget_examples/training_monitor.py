"""A small TrainingMonitor: two runs of thirty steps."""

from llmcourse.training_monitor import TrainingMonitor

from widget_examples import HOSTILE


def example(hostile=False):
    """A monitor with two runs; with hostile=True every name and text is HOSTILE."""
    monitor = TrainingMonitor(total_steps=40)
    name = HOSTILE if hostile else "adam"
    for run, rate in ((monitor.run(name), 0.1), (monitor.run("sgd"), 0.02)):
        for step in range(30):
            loss = 3 * (1 - rate) ** step
            run.log(step, tokens=64, **{HOSTILE if hostile else "train_loss": loss, "lr": rate})
        run.sample(29, HOSTILE if hostile else "Once upon a time there was a model.")
    if hostile:
        monitor.run(name).log(30, **{HOSTILE: float("nan")})
        monitor.error = HOSTILE
    monitor.flush()
    return monitor
