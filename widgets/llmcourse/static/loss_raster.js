// The pixels of a height field seen from above: cells are painted from the farthest to the nearest (painter's algorithm),
// straight into an array, which turns a grid of 101 × 101 well within one frame.

export const ISO_LINES = 12; // lines of equal level, at the same levels as in the contour view
export const MESH_HEIGHT = 0.6; // half the height of the box, whose half width is 1
const SHADES = 32;

// Colours by level, shade and whether a line of equal level passes: index (line · 32 + shade) · 256 + level.
export function shadeTable(ramp) {
  const table = new Uint32Array(2 * SHADES * 256);
  for (let line = 0; line < 2; line++) for (let shade = 0; shade < SHADES; shade++) for (let level = 0; level < 256; level++) {
    const light = (0.45 + (0.6 * shade) / (SHADES - 1)) * (line ? 0.55 : 1);
    const [red, green, blue] = ramp[level].map((value) => Math.min(255, Math.round(value * light)));
    table[(line * SHADES + shade) * 256 + level] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
  return table;
}

// How a view turns the box: project(x, y, level) → [across, down] in units of the box; `depth` grows away from the eye.
export function meshView(yaw, pitch) {
  const [turn, tilt] = [yaw, pitch].map((angle) => (angle * Math.PI) / 180);
  const view = { cosTurn: Math.cos(turn), sinTurn: Math.sin(turn), cosTilt: Math.cos(tilt), sinTilt: Math.sin(tilt) };
  const project = (x, y, level) => {
    const depth = x * view.sinTurn + y * view.cosTurn;
    return [x * view.cosTurn - y * view.sinTurn, -((2 * level - 1) * MESH_HEIGHT * view.cosTilt + depth * view.sinTilt)];
  };
  return { ...view, project };
}

// The surface's normals, one a point, in units of the box; computed once a surface.
export function meshNormals(levels, rows, columns) {
  const normals = new Float32Array(3 * rows * columns);
  const slope = (before, after, steps, count) => (Number.isFinite(before) && Number.isFinite(after) ? ((after - before) * MESH_HEIGHT * (count - 1)) / steps : 0);
  for (let row = 0, place = 0; row < rows; row++) for (let column = 0; column < columns; column++, place++) {
    const [left, right, low, up] = [Math.max(column - 1, 0), Math.min(column + 1, columns - 1), Math.max(row - 1, 0), Math.min(row + 1, rows - 1)];
    const x = slope(levels[row * columns + left], levels[row * columns + right], right - left, columns);
    const y = slope(levels[low * columns + column], levels[up * columns + column], up - low, rows);
    const length = Math.hypot(x, y, 1);
    normals.set([-x / length, -y / length, 1 / length], 3 * place);
  }
  return normals;
}

// Paints the mesh into `pixels` and the number of the cell (row · (columns − 1) + column) into `cells`, −1 for none.
// `target` is { pixels, cells, wide, high }; `scale` pixels are one unit; the box's middle is in the middle.
export function paintMesh({ levels, normals, rows, columns }, view, scale, table, target) {
  const { pixels, cells, wide, high } = target, count = rows * columns;
  pixels.fill(0);
  cells.fill(-1);
  const across = new Float32Array(count), down = new Float32Array(count), shades = new Float32Array(count);
  const { cosTurn, sinTurn, cosTilt, sinTilt } = view;
  // The light stands to the left above the eye and turns with it.
  const [lightAcross, lightToEye, lightUp] = [-0.5, 0.45, 0.74];
  const [lightX, lightY] = [lightAcross * cosTurn - lightToEye * sinTurn, -lightAcross * sinTurn - lightToEye * cosTurn];
  for (let row = 0, place = 0; row < rows; row++) {
    const y = (2 * row) / (rows - 1) - 1;
    for (let column = 0; column < columns; column++, place++) {
      const x = (2 * column) / (columns - 1) - 1, depth = x * sinTurn + y * cosTurn;
      across[place] = wide / 2 + scale * (x * cosTurn - y * sinTurn);
      down[place] = high / 2 - scale * ((2 * levels[place] - 1) * MESH_HEIGHT * cosTilt + depth * sinTilt);
      const lit = normals[3 * place] * lightX + normals[3 * place + 1] * lightY + normals[3 * place + 2] * lightUp;
      shades[place] = Math.max(0, lit) * (SHADES - 1);
    }
  }
  const triangle = (a, b, c, cell) => {
    const ax = across[a], ay = down[a], abx = across[b] - ax, aby = down[b] - ay, acx = across[c] - ax, acy = down[c] - ay;
    const area = abx * acy - acx * aby;
    if (Math.abs(area) < 1e-9) return;
    const left = Math.max(0, Math.ceil(ax + Math.min(0, abx, acx) - 0.5)), right = Math.min(wide - 1, Math.floor(ax + Math.max(0, abx, acx) - 0.5));
    const top = Math.max(0, Math.ceil(ay + Math.min(0, aby, acy) - 0.5)), bottom = Math.min(high - 1, Math.floor(ay + Math.max(0, aby, acy) - 0.5));
    const level = levels[a], levelB = levels[b] - level, levelC = levels[c] - level, shade = shades[a], shadeB = shades[b] - shade, shadeC = shades[c] - shade;
    const stepB = acy / area, stepC = -aby / area;
    const slope = (Math.abs(levelB * stepB + levelC * stepC) + Math.abs((-levelB * acx + levelC * abx) / area)) * ISO_LINES;
    const thick = Math.min(0.55 * slope, 0.2);
    for (let y = top; y <= bottom; y++) {
      const py = y + 0.5 - ay, px = left + 0.5 - ax;
      let partB = (px * acy - acx * py) / area, partC = (abx * py - px * aby) / area;
      for (let x = left, at = y * wide + left; x <= right; x++, at++, partB += stepB, partC += stepC) {
        if (partB < -1e-6 || partC < -1e-6 || partB + partC > 1.000001) continue;
        const here = level + partB * levelB + partC * levelC, band = here * ISO_LINES, nearest = Math.round(band);
        const line = nearest > 0 && nearest < ISO_LINES && Math.abs(band - nearest) < thick ? SHADES * 256 : 0;
        pixels[at] = table[line + ((shade + partB * shadeB + partC * shadeC) | 0) * 256 + ((here * 255) | 0)];
        cells[at] = cell;
      }
    }
  };
  for (let i = 0; i < rows - 1; i++) {
    const row = cosTurn > 0 ? rows - 2 - i : i;
    for (let j = 0; j < columns - 1; j++) {
      const column = sinTurn > 0 ? columns - 2 - j : j, a = row * columns + column, b = a + 1, c = a + columns, d = c + 1;
      if (Number.isNaN(levels[a] + levels[b] + levels[c] + levels[d])) continue; // a hole
      const cell = row * (columns - 1) + column;
      triangle(a, b, d, cell);
      triangle(a, d, c, cell);
    }
  }
}
