"""Fixtures that drive real pages: `page` and `open_page` for an exported widget, `lab` for a notebook in JupyterLab.

A page that raises an error or asks for anything outside this machine fails its test.
"""

import os
from pathlib import Path

import pytest
from jupyter_lab import LabServer, Notebook
from programs import need_program

SWITCHES = [
    "--no-sandbox",  # containers have no user namespaces
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or need_program(
        "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """new_page(width=…, dark=…): a watched page; every page is checked and closed at the end of the test."""
    contexts, pages = [], []

    def make(width=1000, height=900, dark=False, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **options,
        )
        page = context.new_page()
        page.errors, page.external = [], []
        page.on("pageerror", lambda error: page.errors.append(f"{error}\n{error.stack}"))
        page.on("request", lambda request: _note(page, request.url))
        contexts.append(context)
        pages.append(page)
        return page

    yield make
    for context in contexts:
        context.close()
    for page in pages:
        assert page.errors == [], page.errors
        assert page.external == [], page.external


@pytest.fixture
def page(new_page):
    """One watched page: `page.errors` and `page.external` must be empty when the test ends."""
    return new_page()


@pytest.fixture
def open_page(new_page, tmp_path):
    """open_page(widget, width=…, dark=…): the widget's exported page in Chromium, without a kernel."""

    def open_(widget, **options):
        path = widget.to_html(tmp_path / "widget.html")
        page = new_page(**options)
        page.goto(path.as_uri())
        page.locator(".llmc").first.wait_for()
        return page

    return open_


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory):
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def lab(lab_server, new_page):
    """lab(cells): a notebook of these cells, opened in JupyterLab and run; see jupyter_lab.Notebook."""
    notebooks = []

    def open_(cells, run=True, **options):
        notebook = Notebook(lab_server, new_page(**{"width": 1200, **options}), cells)
        notebooks.append(notebook)
        if run:
            notebook.run_all()
        return notebook

    yield open_
    for notebook in notebooks:
        notebook.close()


def _note(page, url):
    if not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:", "ws://127.0.0.1:", "about:")):
        page.external.append(url)
