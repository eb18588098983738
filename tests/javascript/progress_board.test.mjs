// The links of the progress board: what may be followed from where, and the path JupyterLab opens.
import assert from "node:assert/strict";
import { test } from "node:test";

import { lessonAddress, lessonPath } from "../../widgets/llmcourse/static/progress_board.js";

test("an address is followed always, a path only beside a running notebook, anything else never", () => {
  assert.equal(lessonAddress("https://colab.research.google.com/x", false), "https://colab.research.google.com/x");
  assert.equal(lessonAddress("2_architecture/2_attention.ipynb", true), "2_architecture/2_attention.ipynb");
  assert.equal(lessonAddress("../0_start_here.ipynb", true), "../0_start_here.ipynb");
  assert.equal(lessonAddress("2_architecture/2_attention.ipynb", false), null);
  for (const link of ["", "javascript:alert(1)", "data:text/html,x", "//elsewhere.example", "http://elsewhere.example", "/etc"]) {
    assert.equal(lessonAddress(link, true), null, link);
  }
});

test("the path is counted from the notebook's own place in JupyterLab", () => {
  const at = (address, link) => lessonPath(link, `http://127.0.0.1:8888${address}`);
  assert.equal(at("/lab/tree/course/0_start_here.ipynb", "2_architecture/2_attention.ipynb"), "course/2_architecture/2_attention.ipynb");
  assert.equal(at("/user/me/lab/workspaces/one/tree/course/2_a/2.ipynb?x=1", "../0_start_here.ipynb"), "course/0_start_here.ipynb");
  assert.equal(at("/doc/tree/test_1.ipynb", "a%20b/c.ipynb"), "a b/c.ipynb");
  assert.equal(at("/lab", "0_start_here.ipynb"), null);
});
