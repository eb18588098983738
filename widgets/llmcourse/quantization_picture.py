"""The static picture of QuantizationExplorer: the weights before and after rounding, and the error against bits."""

from .pictures import figure_png


def quantization_picture(name, weights, restored, errors, bits):
    """Draw two histograms over each other and the error with 2 to 8 bits. Returns PNG bytes.

    weights, restored: float32 tensors of one shape; errors: the root mean square error for 2, 3, … 8 bits.
    """
    import numpy as np
    from matplotlib.figure import Figure

    from .labels import token_label

    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    end = float(weights.abs().max()) or 1.0
    bins = np.linspace(-end, end, 122)
    left.hist(weights.numpy().ravel(), bins, color="#9cc0e8", label="before")
    left.hist(restored.clamp(-end, end).numpy().ravel(), bins, histtype="step", color="#b8560a", label="after")
    left.set_yscale("symlog", linthresh=1)
    left.set_xlabel("weight")
    left.set_ylabel("how many")
    left.set_title(token_label(name, 60).replace("$", r"\$"), fontsize=10)
    left.legend(frameon=False)
    right.plot(range(2, 9), errors, "o-", color="#1f62b5")
    right.plot([bits], [errors[bits - 2]], "o", color="#b8560a", markersize=9)
    if min(errors) > 0:
        right.set_yscale("log")
    right.set_xlabel("bits")
    right.set_ylabel("root mean square error")
    return figure_png(figure, dpi=85)
