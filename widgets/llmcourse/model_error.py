"""ModelError: the one exception for a model that cannot be fetched, stored, found or run here."""


class ModelError(RuntimeError):
    """A model cannot be had; the message is one sentence that says why and what mends it."""
