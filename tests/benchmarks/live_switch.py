"""How long AttentionExplorer takes to switch heads where it lives: in JupyterLab, with a kernel that sends the head."""

import sys
from pathlib import Path

import torch
from page_timing import WATCH, chromium_page, time_clicks

sys.path.append(str(Path(__file__).parents[1] / "browser"))
from jupyter_lab import LabServer, Notebook


def time_live_switches(trace, target, folder, clicks=10):
    """Seconds from each click on `target` until the kernel's answer is painted; `folder` must be empty."""
    torch.save(trace, folder / "trace.pt")
    load = f"import torch\ntrace = torch.load({str(folder / 'trace.pt')!r}, weights_only=False)"
    show = "from llmcourse import AttentionExplorer\nAttentionExplorer(trace)"
    server = LabServer(folder)
    try:
        with chromium_page() as page:
            page.add_init_script(WATCH)
            notebook = Notebook(server, page, [load, show])
            notebook.run_all()
            notebook.widget.locator("[role=gridcell]").first.wait_for()
            return time_clicks(page, target, clicks)
    finally:
        server.stop()
