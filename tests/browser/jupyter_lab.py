"""A real JupyterLab on loopback, and one notebook in it whose kernel can be asked for values."""

import ast
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from itertools import count

import nbformat
from jupyter_client import BlockingKernelClient

TOKEN = "course"
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},  # only a notebook that a test saves has it
}
_READY = """async () => {
  const widget = window.jupyterapp.shell.currentWidget;
  if (!widget || !widget.sessionContext) return false;
  await widget.context.ready; await widget.sessionContext.ready;
  const kernel = widget.sessionContext.session && widget.sessionContext.session.kernel;
  if (!kernel) return false;
  await kernel.info; return kernel.status === 'idle'; }"""
_COUNTS = """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells)
  .filter((cell) => cell.type === 'code' && cell.sharedModel.getSource().trim()).map((cell) => cell.executionCount)"""


class LabServer:
    """JupyterLab with its own settings under `folder`, without news, without a browser."""

    def __init__(self, folder):
        self.folder, self.names = folder, count(1)
        for name, values in SETTINGS.items():
            path = folder / ".settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(values))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.runtime = folder / ".runtime"
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / ".config"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
            "LLMCOURSE_PROGRESS": str(folder / ".progress"),
        }
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
        ]
        command += [f"--ServerApp.port={self.port}", f"--IdentityProvider.token={TOKEN}"]
        command += [f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"]
        with open(folder / "server.log", "w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        self._wait()

    def ask(self, path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def _wait(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.ask("/api/status")
                return
            except OSError:
                time.sleep(0.25)
        raise RuntimeError("JupyterLab did not start:\n" + (self.folder / "server.log").read_text()[-2000:])


class Notebook:
    """A notebook (code cells, or the path of one) in JupyterLab: `page` shows it, `kernel()` asks its kernel."""

    def __init__(self, server, page, cells):
        self.server, self.page = server, page
        self.path = f"test_{next(server.names)}.ipynb"
        if isinstance(cells, (list, tuple)):
            notebook = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            )
        else:
            notebook = nbformat.read(cells, 4)
        nbformat.write(notebook, server.folder / self.path)
        self.client = None
        self.reopen()

    def reopen(self):
        """Open the notebook's page, or load it anew: a kernel that runs goes on."""
        page = self.page
        page.goto(f"http://127.0.0.1:{self.server.port}/doc/tree/{self.path}?token={TOKEN}")
        page.wait_for_function("window.jupyterapp !== undefined", timeout=90_000)
        page.evaluate("() => window.jupyterapp.restored")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=90_000)
        # Running before the session has a kernel opens a 'Select Kernel' dialog that nobody answers.
        page.wait_for_function(_READY, timeout=90_000)

    def run_again(self):
        """Run every cell of a notebook whose kernel was restarted."""
        self.page.wait_for_function(_READY, timeout=90_000)
        self.command("notebook:clear-all-cell-outputs")
        self.page.wait_for_function(f"({_COUNTS})().every((count) => count === null)")
        return self.run_all()

    def run_all(self, timeout=120):
        """Run every cell and wait until each has its number."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if None not in self.page.evaluate(_COUNTS):
                return self
            time.sleep(0.2)
        raise TimeoutError(f"cells not finished after {timeout} s: {self.page.evaluate(_COUNTS)}")

    @property
    def widget(self):
        """The first widget of the course in the notebook (Lab has roles and labels of its own around it)."""
        return self.page.locator(".llmc").first

    def command(self, name, arguments=None):
        """Run a JupyterLab command and wait for it."""
        return self.page.evaluate(
            "([name, arguments]) => window.jupyterapp.commands.execute(name, arguments).then(() => null)",
            [name, arguments or {}],
        )

    def theme(self, dark):
        """Switch JupyterLab between its light and its dark theme."""
        self.command("apputils:change-theme", {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"})
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(not dark).lower()}'")

    def kernel(self, expression):
        """The value of an expression in the notebook's kernel: what Python sees, as plain data."""
        if self.client is None:
            self.client = self._connect()
        reply = self.client.execute_interactive(
            "", user_expressions={"value": expression}, timeout=60, output_hook=lambda message: None
        )
        value = reply["content"]["user_expressions"]["value"]
        if value["status"] != "ok":
            raise RuntimeError(f"{expression}: {value['evalue']}")
        text = value["data"]["text/plain"]
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text

    def execute(self, code):
        """Run code in the notebook's kernel, past the page."""
        self.kernel("0")
        reply = self.client.execute_interactive(code, timeout=60, output_hook=lambda message: None)
        assert reply["content"]["status"] == "ok", reply["content"]

    def wait_kernel(self, expression, wanted, timeout=15):
        """Wait until an expression in the kernel has the wanted value."""
        deadline = time.monotonic() + timeout
        while (value := self.kernel(expression)) != wanted:
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression} is {value!r}, not {wanted!r}")
            time.sleep(0.1)

    def close(self):
        self.page.close()  # before its kernel goes, which JupyterLab would still try to show
        self.end_kernel()

    def end_kernel(self):
        """Shut the notebook's kernel down, past the page."""
        if self.client is not None:
            self.client.stop_channels()
            self.client = None
        for session in self.server.ask("/api/sessions"):
            if session["path"] == self.path:
                request = urllib.request.Request(
                    f"http://127.0.0.1:{self.server.port}/api/sessions/{session['id']}",
                    method="DELETE",
                    headers={"Authorization": f"token {TOKEN}"},
                )
                urllib.request.urlopen(request, timeout=10).close()

    def _connect(self):
        session = next(one for one in self.server.ask("/api/sessions") if one["path"] == self.path)
        client = BlockingKernelClient(
            connection_file=str(self.server.runtime / f"kernel-{session['kernel']['id']}.json")
        )
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        return client
