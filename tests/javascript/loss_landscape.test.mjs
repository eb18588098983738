// static/loss_grid.js and loss_raster.js: slopes and descent against torch (tests/vectors/loss_landscape.json), the mesh.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { lossGrid, lossLevels, lossRamp } from "../../widgets/llmcourse/static/loss_grid.js";
import { meshNormals, meshView, paintMesh, shadeTable } from "../../widgets/llmcourse/static/loss_raster.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/loss_landscape.json", import.meta.url), "utf8"));
const close = (one, other, most) => assert.ok(Math.abs(one - other) <= most * Math.max(1, Math.abs(other)), `${one} against ${other}`);

test("values and slopes are those of the cubic patches", () => {
  const grid = lossGrid(Float64Array.from(vectors.losses), vectors.xs, vectors.ys);
  for (const { at, found } of vectors.places) grid.at(...at).forEach((value, place) => close(value, found[place], 1e-12));
  vectors.xs.forEach((x, column) => vectors.ys.forEach((y, row) => close(grid.at(x, y)[0], vectors.losses[row * vectors.xs.length + column], 1e-12)));
  assert.equal(grid.at(2.001, 0.5), null);
  assert.equal(grid.at(NaN, 0.5), null);
});

for (const run of vectors.bowl.runs) {
  test(`descends as torch.optim.SGD: rate ${run.learning_rate}, momentum ${run.momentum}`, () => {
    const grid = lossGrid(Float64Array.from(vectors.bowl.losses), vectors.bowl.xs, vectors.bowl.xs);
    const { points, ended } = grid.descend(run.start, run.learning_rate, run.momentum, run.steps);
    assert.equal(ended, "");
    assert.equal(points.length, run.path.length);
    points.forEach((point, step) => point.forEach((value, place) => close(value, run.path[step][place], 1e-11)));
  });
}

test("a descent ends where the surface does, and beside a hole", () => {
  const losses = Float64Array.from(vectors.bowl.losses), grid = lossGrid(losses, vectors.bowl.xs, vectors.bowl.xs);
  const far = grid.descend([1.9, 1.9], 3, 0, 10);
  assert.equal(far.ended, "left");
  assert.equal(far.points.length, 1);
  losses[40] = NaN; // the middle
  const hole = grid.descend([-1.8, 1.9], 0.1, 0, 300);
  assert.equal(hole.ended, "hole");
  assert.ok(hole.points.length > 1);
});

test("levels run from 0 to 1, holes are counted, the logarithm spans three powers of ten", () => {
  const losses = Float64Array.from([5, NaN, 5.01, 15, Infinity]);
  const plain = lossLevels(losses, false);
  assert.deepEqual([plain.low, plain.high, plain.lowest, plain.holes, plain.scaled], [5, 15, 0, 2, false]);
  assert.deepEqual([plain.levels[0], plain.levels[3]], [0, 1]);
  const log = lossLevels(losses, true);
  close(log.levels[0], 0, 1e-6);
  close(log.levels[3], 1, 1e-6);
  close(log.levels[2], Math.log10(2) / Math.log10(1001), 1e-6);
  assert.ok(Number.isNaN(log.levels[1]) && Number.isNaN(log.levels[4]));
  assert.deepEqual(Array.from(lossLevels(Float64Array.from([3, 3]), true).levels), [0, 0]);
  assert.deepEqual(Array.from(lossLevels(Float64Array.from([-1.7e308, 1.7e308]), true).levels), [0, 1]);
  assert.equal(lossLevels(Float64Array.from([NaN]), false).lowest, -1);
});

test("the ramp grows steadily lighter", () => {
  const light = lossRamp().map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue);
  for (let step = 1; step < 256; step++) assert.ok(light[step] > light[step - 1] - 0.6);
});

const paint = (levels, rows, columns, yaw, pitch, wide = 120, high = 100, scale = 30) => {
  const target = { wide, high, pixels: new Uint32Array(wide * high), cells: new Int32Array(wide * high) };
  paintMesh({ levels, normals: meshNormals(levels, rows, columns), rows, columns }, meshView(yaw, pitch), scale, shadeTable(lossRamp()), target);
  return target;
};

test("from straight above every cell lies where it belongs, and a hole stays open", () => {
  const levels = new Float32Array(16).fill(0.5);
  const { cells, wide } = paint(levels, 4, 4, 0, 90);
  const at = (x, y) => cells[Math.round(50 - 30 * y - 0.5) * wide + Math.round(60 + 30 * x - 0.5)];
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) assert.equal(at((column - 1) * 0.66, (row - 1) * 0.66), row * 3 + column);
  levels[0] = NaN;
  const holed = paint(levels, 4, 4, 0, 90);
  assert.equal(holed.cells.filter((cell) => cell === 0).length, 0);
  assert.ok(holed.cells.filter((cell) => cell === 4).length > 300);
});

test("what is near hides what is far, from every side", () => {
  // A wall along one edge of the field: seen from its own side it hides a point behind it, seen from the other it does not.
  const rows = 21, columns = 21;
  for (const [yaw, wall, behind] of [[0, (row) => row === 1, [3, 10]], [180, (row) => row === 19, [17, 10]], [90, (_, column) => column === 1, [10, 3]], [270, (_, column) => column === 19, [10, 17]]]) {
    const levels = Float32Array.from({ length: rows * columns }, (_, place) => (wall(Math.floor(place / columns), place % columns) ? 1 : 0));
    const hidden = (angle) => {
      const { cells, wide, high } = paint(levels, rows, columns, angle, 20, 300, 300, 90);
      const [x, y] = meshView(angle, 20).project((2 * behind[1]) / (columns - 1) - 1, (2 * behind[0]) / (rows - 1) - 1, 0);
      const cell = cells[Math.round(high / 2 + 90 * y) * wide + Math.round(wide / 2 + 90 * x)];
      const [row, column] = [Math.floor(cell / (columns - 1)), cell % (columns - 1)];
      return Math.abs(row - behind[0]) > 1 || Math.abs(column - behind[1]) > 1;
    };
    assert.equal(hidden(yaw), true, `yaw ${yaw}`);
    assert.equal(hidden((yaw + 180) % 360), false, `yaw ${yaw} from the other side`);
  }
});

test("a tilted plane has no cracks, from any side", () => {
  const levels = Float32Array.from({ length: 441 }, (_, place) => 0.3 + 0.01 * (place % 21) + 0.015 * Math.floor(place / 21));
  for (const [yaw, pitch] of [[0, 60], [33, 60], [151, 35], [222, 80], [301, 20]]) {
    const { cells, wide, high } = paint(levels, 21, 21, yaw, pitch, 300, 300, 90);
    let filled = 0;
    for (let y = 0; y < high; y++) { // its outline is convex: every line of pixels is filled without a gap
      const row = cells.subarray(y * wide, (y + 1) * wide), first = row.findIndex((cell) => cell >= 0);
      if (first < 0) continue;
      const last = row.findLastIndex((cell) => cell >= 0);
      for (let x = first; x <= last; x++, filled++) assert.ok(row[x] >= 0, `${x}, ${y} from ${yaw}, ${pitch}`);
    }
    assert.ok(filled > 5000);
  }
});
