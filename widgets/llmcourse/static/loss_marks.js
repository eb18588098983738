// What the two views of LossLandscape draw alike: paths, the minimum, the start and the point chosen.

export const PATH_COLOURS = ["#ff6a3d", "#ffffff", "#d9a6ff", "#6ff0d0", "#ffd24a", "#9db4c8"];
const MARK_EDGE = "#14171c";

// A line through `places` ([x, y, visible] each): what is hidden behind the surface is thin and dashed.
export function drawPath(context, places, colour, points) {
  if (places.length === 0) return;
  for (const [stroke, thick] of [[MARK_EDGE, 4.5], [colour, 2.25]]) {
    context.strokeStyle = stroke; context.lineJoin = context.lineCap = "round";
    for (let at = 1; at < places.length; at++) {
      const visible = places[at][2] && places[at - 1][2];
      if (!visible && stroke === MARK_EDGE) continue;
      context.lineWidth = visible ? thick : 1.25;
      context.setLineDash(visible ? [] : [2, 3]);
      context.beginPath(); context.moveTo(places[at - 1][0], places[at - 1][1]); context.lineTo(places[at][0], places[at][1]); context.stroke();
    }
  }
  context.setLineDash([]);
  for (const [x, y, visible] of points) if (visible) disc(context, x, y, 2.6, colour, 1);
}

// Where a path begins (a ring) and ends (a disc).
export function drawEnds(context, first, last, colour) {
  if (last[2]) disc(context, last[0], last[1], 5, colour, 1.5);
  if (first[2]) { disc(context, first[0], first[1], 6, MARK_EDGE, 1.5); disc(context, first[0], first[1], 3.5, "#ffffff", 0); }
}

// A star at the lowest point.
export function drawMinimum(context, [x, y]) {
  context.beginPath();
  for (let corner = 0; corner < 10; corner++) {
    const radius = corner % 2 ? 3.6 : 8.5, angle = (corner * Math.PI) / 5 - Math.PI / 2;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = "#ffffff"; context.fill();
  context.strokeStyle = MARK_EDGE; context.lineWidth = 1.5; context.stroke();
}

// A cross-hair at the point chosen or under the mouse.
export function drawCross(context, [x, y], strong) {
  for (const [stroke, thick] of [[MARK_EDGE, strong ? 5 : 3.5], ["#ffffff", strong ? 2.25 : 1.25]]) {
    context.strokeStyle = stroke; context.lineWidth = thick;
    context.beginPath(); context.arc(x, y, strong ? 8 : 6, 0, 7); context.stroke();
  }
}

function disc(context, x, y, radius, colour, edge) {
  context.fillStyle = colour;
  context.beginPath(); context.arc(x, y, radius, 0, 7); context.fill();
  if (edge) { context.strokeStyle = MARK_EDGE; context.lineWidth = edge; context.stroke(); }
}
