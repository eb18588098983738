"""A chat page over any OpenAI-compatible server, in a few lines of Gradio: what demo spaces on the web do."""


def answer_with(client, model, max_tokens=128):
    """A function (message, history) that yields the answer so far, as Gradio's ChatInterface wants it.

    client: an openai.OpenAI; the history comes in OpenAI's own form.
    """

    def answer(message, history):
        told = [{"role": turn["role"], "content": plain(turn["content"])} for turn in history]
        told.append({"role": "user", "content": message})
        stream = client.chat.completions.create(model=model, messages=told, max_tokens=max_tokens, stream=True)
        so_far = ""
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                so_far += chunk.choices[0].delta.content
                yield so_far

    return answer


def plain(content):
    """The text of a turn, which newer versions of Gradio give as a list of parts.

    >>> plain([{"type": "text", "text": "Hi"}])
    'Hi'
    """
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def make_chat(address, model, key="none"):
    """A Gradio page that chats with `model` at `address`: `.launch()` opens it, on this machine alone."""
    import os

    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # ask nothing of the outside
    import gradio
    import openai

    client = openai.OpenAI(base_url=f"{address}/v1", api_key=key)
    return gradio.ChatInterface(answer_with(client, model), title=model)
