"""The static picture of BatchTimeline: both policies one above the other, a lane a slot."""

from .pictures import FAINT, INK, LINE, PAPER, font, png

PREFILL, DECODE, HELD, IDLE = "#e0a11b", "#1f62b5", "#c9ced6", "#f1f3f6"
WIDTH, LEFT, RIGHT, LANE = 900, 60, 884, 20
TITLES = {"static": "Static batching", "continuous": "Continuous batching"}


def timeline_picture(runs, slots, step_ms):
    """Draw the placements of each policy over time. Returns PNG bytes.

    runs: {policy: (placements, measures)}, as batch_simulation makes them.
    """
    from PIL import Image, ImageDraw

    everything = [place for placements, _ in runs.values() for place in placements]
    span = min(place.start for place in everything), max(place.finish for place in everything)
    high = 44 + slots * LANE
    image = Image.new("RGB", (WIDTH, 34 + high * len(runs) + 22), PAPER)
    draw = ImageDraw.Draw(image)
    x = LEFT
    for colour, name in (
        (PREFILL, "reads the prompt"),
        (DECODE, "writes tokens"),
        (HELD, "held, no work"),
        (IDLE, "idle"),
    ):
        draw.rectangle((x, 10, x + 14, 22), fill=colour, outline=LINE)
        draw.text((x + 20, 16), name, font=font(12), fill=INK, anchor="lm")
        x += 40 + int(font(12).getlength(name))
    for number, (policy, (placements, measures)) in enumerate(runs.items()):
        _run(draw, 34 + number * high, TITLES[policy], placements, measures, slots, span)
    draw.text((LEFT, image.height - 18), f"{span[0] * step_ms / 1000:,.2f} s", font=font(11), fill=FAINT)
    draw.text((RIGHT, image.height - 18), f"{span[1] * step_ms / 1000:,.2f} s", font=font(11), fill=FAINT, anchor="ra")
    return png(image)


def _run(draw, top, title, placements, measures, slots, span):
    told = (
        f"{title}: {measures['throughput']:,.1f} tokens/s, slots at work {measures['slot_use']:.0%}, first token "
        f"{measures['first_token_mean']:,.2f} s, latency {measures['latency_mean']:,.2f} s (95 %: "
        f"{measures['latency_p95']:,.2f} s)"
    )
    draw.text((LEFT, top + 6), told, font=font(13), fill=INK)
    top += 28
    for slot in range(slots):
        draw.text((LEFT - 8, top + slot * LANE + 9), f"slot {slot + 1}", font=font(11), fill=FAINT, anchor="rm")
        draw.rectangle((LEFT, top + slot * LANE, RIGHT, top + slot * LANE + LANE - 3), fill=IDLE)

    def at(step):
        return LEFT + (RIGHT - LEFT) * (step - span[0]) / (span[1] - span[0])

    for place in placements:
        y = top + place.slot * LANE
        stages = (
            (place.start, place.prefill, HELD),
            (place.prefill, place.first, PREFILL),
            (place.first, place.done, DECODE),
            (place.done, place.finish, HELD),
        )
        for begin, end, colour in stages:
            if end > begin:
                draw.rectangle((at(begin), y, max(at(end) - 1, at(begin)), y + LANE - 3), fill=colour)
        draw.line((at(place.start), y, at(place.start), y + LANE - 3), fill=PAPER)
