// The curves of TrainingMonitor: points read from bytes, smoothed and thinned as training_points.py does.

// Sorts the parts (arrays of series, step, value triples) into { x, y } of each of `count` series.
export function curvesFrom(parts, count) {
  const sizes = new Uint32Array(count);
  const each = (use) => { for (const part of parts) for (let at = 0; at + 2 < part.length; at += 3) if (part[at] < count) use(part[at], part[at + 1], part[at + 2]); };
  each((series) => { sizes[series]++; });
  const curves = Array.from(sizes, (size) => ({ x: new Float64Array(size), y: new Float64Array(size) }));
  sizes.fill(0);
  each((series, step, value) => { const at = sizes[series]++; curves[series].x[at] = step; curves[series].y[at] = value; });
  return curves;
}

// An exponential moving average without the pull towards its start; values that are not finite are skipped.
export function smoothCurve(values, weight) {
  const out = Float64Array.from(values);
  let total = 0, mass = 0;
  for (let at = 0; at < out.length; at++) {
    if (!Number.isFinite(out[at])) continue;
    total = weight * total + (1 - weight) * out[at];
    mass = weight * mass + (1 - weight);
    out[at] = total / mass;
  }
  return out;
}

// Of each pixel's points the lowest and the highest, in order, and both ends: what a chart of `columns` pixels can show.
export function thinExtremes(x, y, columns) {
  const count = x.length;
  if (count <= 2 * columns + 2) return { x, y };
  const width = x[count - 1] - x[0] || 1, kept = [0];
  const columnOf = (at) => Math.min(Math.floor(((x[at] - x[0]) / width) * columns), columns - 1);
  for (let start = 0; start < count;) {
    const column = columnOf(start);
    let low = -1, high = -1, end = start;
    for (; end < count && columnOf(end) === column; end++) {
      if (!Number.isFinite(y[end])) continue;
      if (low < 0 || y[end] < y[low]) low = end;
      if (high < 0 || y[end] > y[high]) high = end;
    }
    kept.push(...(low < 0 ? [start] : [Math.min(low, high), Math.max(low, high)]));
    start = end;
  }
  kept.push(count - 1);
  const places = kept.filter((place, at) => place !== kept[at - 1]);
  return { x: Float64Array.from(places, (place) => x[place]), y: Float64Array.from(places, (place) => y[place]) };
}

// Seconds as a clock shows them: 1:15, 3:01:00.
export function clockTime(seconds) {
  const whole = Math.floor(seconds), hours = Math.floor(whole / 3600);
  const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return hours ? `${hours}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}
