"""The widgets with the ipywidgets and anywidget of Colab: they show the live view and the static picture."""

import json
import os
import subprocess
import sys

import pytest

COLAB = ["ipywidgets==7.7.1", "anywidget==0.9.21", "ipython_genutils==0.2.0"]
SHOW = """
import json, ipywidgets
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
from llmcourse import TokenView, load_model
with capture_output() as shown:
    shell.display_formatter.format(TokenView("a b c", load_model()[1]))
print(json.dumps([ipywidgets.__version__, [sorted(output.data) for output in shown.outputs]]))
"""


@pytest.fixture(scope="module")
def colab_packages(tmp_path_factory):
    """A folder with Colab's versions of the two packages, in front of the installed ones."""
    folder = tmp_path_factory.mktemp("colab")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *COLAB]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_bundle_is_whole(colab_packages):
    environment = {**os.environ, "PYTHONPATH": str(colab_packages)}
    run = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=True)
    version, shown = json.loads(run.stdout.splitlines()[-1])
    assert version == "7.7.1"
    assert shown == [["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"]]
