"""A small server with OpenAI's API over the course's own Llama, llama.cpp, or any OpenAI-compatible server.

`python -m llmcourse.serving` starts it; lesson 7.3 takes it apart. A request's way: openai_api (routes) → api_keys and
limits (who may, and how much) → answering (stop strings, several choices) → an engine (engine.py says what one is).
"""
