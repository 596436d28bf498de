/* The signs of investments on the map, drawn once each: shape for kind, number for gate, mark for status. */

import { token } from "../../kit/theme.js";

const SIZE = 30;
const SCALE = 2;
const MIDDLE = SIZE / 2;
const HALF = 9;

/** The name of the sign of an investment, as an expression on the properties of a tile. */
export const SIGN = ["concat", "sign|", ["get", "kind"], "|", ["to-string", ["get", "gate_position"]], "|", ["get", "status"]];

/** Makes a sign when the map first wants it. */
export function drawMissing(map) {
  map.setMissingStyleImageResolver((id) => {
    const [what, kind, gate, status] = id.split("|");
    const data = what === "sign" ? drawSign(kind, gate, status) : what === "hatch" ? drawHatch() : null;
    if (data && !map.hasImage(id)) map.addImage(id, data, { pixelRatio: SCALE });
  });
}

function canvasOf(size) {
  const canvas = Object.assign(document.createElement("canvas"), { width: size * SCALE, height: size * SCALE });
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  return pen;
}

function shape(pen, kind, half) {
  pen.beginPath();
  if (kind === "social") pen.arc(MIDDLE, MIDDLE, half, 0, 2 * Math.PI);
  else pen.roundRect(MIDDLE - half + 0.5, MIDDLE - half + 0.5, 2 * half - 1, 2 * half - 1, 2);
}

export function drawSign(kind, gate, status) {
  const pen = canvasOf(SIZE);
  const stopped = status === "stopped";
  shape(pen, kind, HALF + 1.5);
  pen.fillStyle = token("map-halo");
  pen.fill();
  shape(pen, kind, HALF);
  pen.fillStyle = stopped ? token("status-stopped") : token(kind === "social" ? "social" : "physical");
  pen.fill();
  pen.fillStyle = token("accent-ink");
  pen.font = `700 12px ${token("font")}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(gate, MIDDLE, MIDDLE + 1);
  (MARKS[status] ?? (() => {}))(pen, kind);
  return pen.getImageData(0, 0, SIZE * SCALE, SIZE * SCALE);
}

const MARKS = {
  on_hold(pen, kind) {
    shape(pen, kind, HALF + 3.5);
    pen.strokeStyle = token("status-on_hold");
    pen.lineWidth = 2.5;
    pen.setLineDash([4, 2.5]);
    pen.stroke();
    badge(pen, "status-on_hold", (x, y) => {
      pen.fillRect(x - 2.5, y - 2.5, 2, 5);
      pen.fillRect(x + 0.5, y - 2.5, 2, 5);
    });
  },
  reconsideration_required: (pen) => badge(pen, "status-reconsideration_required", (x, y) => pen.fillText("!", x, y + 0.5)),
  completed: (pen) => badge(pen, "status-completed", (x, y) => line(pen, "map-halo", 1.75, [[x - 2.5, y], [x - 0.5, y + 2.25], [x + 3, y - 2.25]])),
  stopped(pen) {
    line(pen, "map-halo", 4.5, [[5, SIZE - 5], [SIZE - 5, 5]]);
    line(pen, "status-stopped", 2, [[4, SIZE - 4], [SIZE - 4, 4]]);
  },
};

function badge(pen, colour, mark) {
  const [x, y] = [SIZE - 6, 6];
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(x, y, 5.75, 0, 2 * Math.PI);
  pen.fillStyle = token("map-halo");
  pen.fill();
  pen.beginPath();
  pen.arc(x, y, 4.75, 0, 2 * Math.PI);
  pen.fillStyle = token(colour);
  pen.fill();
  pen.fillStyle = token("map-halo");
  pen.font = `800 8.5px ${token("font")}`;
  mark(x, y);
}

function line(pen, colour, width, points) {
  pen.beginPath();
  points.forEach(([x, y]) => pen.lineTo(x, y));
  pen.strokeStyle = token(colour);
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.stroke();
}

/** Fine slanting lines: here something is not known. */
function drawHatch() {
  const size = 8;
  const pen = canvasOf(size);
  for (const shift of [-size, 0, size]) line(pen, "map-line", 0.75, [[shift, size], [shift + size, 0]]);
  return pen.getImageData(0, 0, size * SCALE, size * SCALE);
}
