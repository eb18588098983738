// A surface given on a grid, made smooth: value, slope and gradient descent, computed as loss_grid.py does.

// `losses` (rows × columns, Float64Array) over evenly spaced xs and ys. Returns { at(x, y) → [value, slope x, slope y] or
// null outside and beside a hole, descend(start, rate, momentum, steps) → { points: [[x, y, value], …], ended } }.
export function lossGrid(losses, xs, ys) {
  const rows = ys.length, columns = xs.length, left = xs[0], right = xs.at(-1), low = ys[0], high = ys.at(-1);
  const sample = (row, column) => { // one step beyond the border the parabola through the last three goes on
    if (row < 0) return 3 * sample(0, column) - 3 * sample(1, column) + sample(2, column);
    if (row >= rows) return 3 * sample(rows - 1, column) - 3 * sample(rows - 2, column) + sample(rows - 3, column);
    if (column < 0) return 3 * sample(row, 0) - 3 * sample(row, 1) + sample(row, 2);
    if (column >= columns) return 3 * sample(row, columns - 1) - 3 * sample(row, columns - 2) + sample(row, columns - 3);
    return losses[row * columns + column];
  };
  const inside = (x, y) => left <= x && x <= right && low <= y && y <= high;
  const at = (x, y) => {
    if (!inside(x, y)) return null;
    const stepX = (right - left) / (columns - 1), stepY = (high - low) / (rows - 1);
    const across = (x - left) / stepX, along = (y - low) / stepY;
    const column = Math.min(Math.trunc(across), columns - 2), row = Math.min(Math.trunc(along), rows - 2);
    const [cx, sx] = cubicWeights(across - column), [cy, sy] = cubicWeights(along - row);
    let value = 0, slopeX = 0, slopeY = 0;
    for (let i = 0; i < 4; i++) {
      let inner = 0, innerSlope = 0;
      for (let j = 0; j < 4; j++) {
        const one = sample(row - 1 + i, column - 1 + j);
        inner += cx[j] * one;
        innerSlope += sx[j] * one;
      }
      value += cy[i] * inner;
      slopeX += cy[i] * innerSlope;
      slopeY += sy[i] * inner;
    }
    const found = [value, slopeX / stepX, slopeY / stepY];
    return found.every(Number.isFinite) ? found : null;
  };
  const descend = ([x, y], rate, momentum, steps) => {
    const points = [];
    let speedX = 0, speedY = 0;
    for (let step = 0; step <= steps; step++) {
      const found = at(x, y);
      if (found === null) return { points, ended: inside(x, y) ? "hole" : "left" };
      points.push([x, y, found[0]]);
      speedX = momentum * speedX + found[1];
      speedY = momentum * speedY + found[2];
      x = x - rate * speedX;
      y = y - rate * speedY;
    }
    return { points, ended: "" };
  };
  return { at, descend };
}

// What height and colour follow: { levels (0 to 1, NaN for a hole), low, high, lowest (its place), holes, scaled }. On the
// logarithmic scale it is log10 of the height above the lowest, lifted by a thousandth of the whole height.
export function lossLevels(losses, log) {
  let low = Infinity, high = -Infinity, lowest = -1, holes = 0;
  losses.forEach((loss, place) => {
    if (!Number.isFinite(loss)) { holes += 1; return; }
    if (loss < low) { low = loss; lowest = place; }
    if (loss > high) high = loss;
  });
  const whole = high - low, scaled = log && whole > 0 && whole < 1e300;
  const least = Math.log10(whole / 1000), most = Math.log10(whole + whole / 1000);
  const levels = Float32Array.from(losses, (loss) => {
    if (!Number.isFinite(loss)) return NaN;
    if (high === low) return 0;
    return scaled ? (Math.log10(loss - low + whole / 1000) - least) / (most - least) : (loss / 2 - low / 2) / (high / 2 - low / 2);
  });
  return { levels, low, high, lowest, holes, scaled };
}

// A ramp of 256 colours from dark blue over green to light yellow: ordered in grey and for colour-blind eyes.
export function lossRamp() {
  const stops = [[52, 24, 92], [58, 80, 140], [34, 126, 142], [64, 172, 120], [158, 208, 74], [250, 231, 84]];
  return Array.from({ length: 256 }, (_, position) => {
    const place = (position / 255) * (stops.length - 1), low = Math.min(Math.floor(place), stops.length - 2);
    return stops[low].map((value, channel) => Math.round(value + (stops[low + 1][channel] - value) * (place - low)));
  });
}

function cubicWeights(t) {
  const slopes = [(4 - 3 * t) * t - 1, (9 * t - 10) * t, (8 - 9 * t) * t + 1, (3 * t - 2) * t];
  return [[((2 - t) * t - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2, ((4 - 3 * t) * t + 1) * t / 2, (t - 1) * t * t / 2], slopes.map((slope) => slope / 2)];
}
