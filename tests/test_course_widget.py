"""The base of all widgets: fallback, exported page, bytes with their text copy."""

import base64
import io
import subprocess

import pytest
from llmcourse import TokenView, front_end
from llmcourse.course_widget import CourseWidget
from PIL import Image
from programs import need_program

HOSTILE = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
def view(tokenizer):
    return TokenView(HOSTILE, tokenizer)


def test_bundle_has_the_live_view_and_a_picture_with_its_text(view):
    data, _ = view._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert data["text/plain"] == view.summary
    assert "<img alt=" in data["text/html"]
    for forbidden in ("<script", "<svg", "<style", "onerror=alert(1)>"):
        assert forbidden not in data["text/html"]


def test_the_picture_is_a_png(view, tmp_path):
    path = view.to_png(tmp_path / "deep" / "view.png")
    assert Image.open(path).format == "PNG"
    assert Image.open(io.BytesIO(view.to_png())).size == Image.open(path).size


def test_the_page_is_self_contained_and_hostile_text_stays_data(view, tmp_path):
    page = view.to_html(tmp_path / "view.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")
    assert "<script>alert(1)" not in page
    assert "default-src 'none'" in page


def test_saving_is_atomic(view, tmp_path, monkeypatch):
    target = tmp_path / "view.html"
    target.write_text("before")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        view.to_html(target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_bytes_come_as_text_when_the_page_asks(monkeypatch):
    class Blob(CourseWidget):
        stem = "token_view"
        import traitlets

        data = traitlets.Bytes().tag(sync=True)

    blob = Blob(data=b"\x00\xff" * 5)
    assert blob._sizes == {"data": 10}
    blob.data = b"abc"
    assert blob._sizes == {"data": 3}
    blob._answer(blob, {"kind": "as-text", "name": "data"}, [])
    assert base64.b64decode(blob._as_text["data"]) == b"abc"
    blob._answer(blob, {"kind": "as-text", "name": "layout"}, [])
    blob._answer(blob, "nonsense", [])
    assert set(blob._as_text) == {"data"}


def test_a_widget_without_a_picture_says_what_is_missing():
    class Bare(CourseWidget):
        stem = "token_view"

    with pytest.raises(NotImplementedError, match="Bare must define picture"):
        Bare().to_png()


def test_front_end_inlines_each_file_once():
    module = front_end.script("token_view")
    assert module.count("function element(") == 1
    assert "import {" not in module
    assert module.count("export default") == 1


def test_equal_names_of_two_files_never_meet(tmp_path, monkeypatch):
    (tmp_path / "part.js").write_text(
        "const PAUSE = 1;\nexport function pause() {\n  return PAUSE;\n}\nexport default { pause };\n"
    )
    (tmp_path / "whole.js").write_text(
        'import part from "./part.js";\nimport { pause as ofPart } from "./part.js";\nconst PAUSE = 2;\n'
        "function pause() { return PAUSE; }\nexport default { render: [part.pause(), ofPart(), pause()] };\n"
    )
    (tmp_path / "stage.js").write_text("export function onStage(render) { return render; }\n")
    monkeypatch.setattr(front_end, "STATIC", tmp_path)
    module = tmp_path / "module.mjs"
    monkeypatch.setattr(front_end, "_files", front_end._files.__wrapped__)
    module.write_text(front_end.script.__wrapped__("whole"))
    command = [
        need_program("node"),
        "-e",
        f"import({str(module)!r}).then((whole) => console.log(whole.default.render))",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[ 1, 1, 2 ]\n"


def test_exported_names_are_used_by_one_file_only():
    import re

    names = []
    for path in sorted(front_end.STATIC.glob("*.js")):
        names += re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", path.read_text("utf-8"), re.M)
    assert len(names) == len(set(names)) > 8


def test_no_file_of_ours_writes_markup_or_loads_anything():
    for path in front_end.STATIC.glob("*.[jc]s*"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("http://www.w3.org/", "")  # the name of SVG, not an address that is asked
        for forbidden in (
            ".innerHTML",
            ".outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "http:",
            "https:",
        ):
            assert forbidden not in text, f"{path.name}: {forbidden}"
