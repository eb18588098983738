"""A small server with OpenAI's API over the course's own Llama, llama.cpp, or any OpenAI-compatible server.

`python -m llmcourse.serving` starts it; lesson 7.3 takes it apart. A request's way: openai_api (routes) → api_keys and
limits (who may, and how much) → answering (stop strings, several choices) → an engine (engine.py says what one is).
"""

import warnings

# Newer versions of starlette, such as Colab's, say on import which HTTP library their test client will use one day.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
