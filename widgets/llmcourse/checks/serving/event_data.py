"""Exercise: The data of each event of a stream of server-sent events, up to [DONE]."""

import torch

from ...exercise import Exercise, Mistake


def event_data(lines):
    events, data = [], []
    for line in lines:
        if line == "" and data:
            if data == ["[DONE]"]:
                break
            events.append("\n".join(data))
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    return events


def a_line_an_event(lines):
    data = [line[5:].removeprefix(" ") for line in lines if line.startswith("data:")]
    return data[: data.index("[DONE]")]


def blanks_stripped(lines):
    return event_data([f"data:{line[5:].strip()}" if line.startswith("data:") else line for line in lines])


def first_blank_kept(lines):
    return [" " + event.replace("\n", "\n ") for event in event_data(lines)]


def done_is_data(lines):
    return [*event_data(lines), "[DONE]"]


def comments_are_data(lines):
    return event_data([f"data: {line[1:].strip()}" if line.startswith(":") else line for line in lines])


def make_lines(size, generator):
    words = ["tea", "sea", "bee", "fee"]
    lines = [": keep-alive", ""]
    for place in torch.randint(len(words), (size,), generator=generator).tolist():
        lines += [f"data:  {words[place]}", ""]  # a token begins with a blank of its own
    lines += ["data: two", "data: lines", "", "data: [DONE]", ""]
    return (lines,)


EXERCISE = Exercise(
    name="serving.event_data",
    goal="The data of each event of a stream, up to [DONE].",
    solution=event_data,
    cases=make_lines,
    mistakes=[
        Mistake(
            "each line an event",
            a_line_an_event,
            "An event ends at an empty line. Several `data:` lines before it are one event, joined by line breaks.",
        ),
        Mistake(
            "blanks stripped",
            blanks_stripped,
            "You stripped all blanks, so the words of the answer run together. One blank after the colon belongs to "
            "the frame; what follows is data.",
        ),
        Mistake("the frame's blank kept", first_blank_kept, "One blank after `data:` is the frame's: take it off."),
        Mistake("[DONE] is data", done_is_data, "`[DONE]` is OpenAI's mark for the end, and no event of its own."),
        Mistake(
            "comments are data",
            comments_are_data,
            "A line that begins with a colon is a comment, sent to keep the connection open. Leave it out.",
        ),
    ],
    hint="Collect `data:` lines in a list; at an empty line, join them with a line break and begin a new list.",
    second_hint='`line[5:].removeprefix(" ")` takes off the frame and at most one blank.',
    statement=(
        "`lines` are the lines of a stream. Return the data of each event as a list of texts, up to the event "
        "`[DONE]`. Events end at an empty line; several `data:` lines of one event are joined by a line break; one "
        "blank after `data:` belongs to the frame; a line that begins with a colon is a comment.\n\n"
        'Worked value: `event_data(["data:  tea", "", "data: [DONE]", ""])` is `[" tea"]`.'
    ),
    difficulty=2,
    minutes=6,
)
