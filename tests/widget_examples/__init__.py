"""One small instance of each widget, quick to build and without the embedded model: what the platform tests run over.

Each module <stem>.py here defines example(hostile=False); with hostile=True every text slot holds HOSTILE text.
"""

from importlib import import_module
from pathlib import Path

HOSTILE = (
    "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\"> \u202eمرحبا 🎉\x00"
    + "a" * 300
)
STEMS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def example(stem, hostile=False):
    """The example of the widget whose files are called `stem`."""
    return import_module(f"widget_examples.{stem}").example(hostile)
