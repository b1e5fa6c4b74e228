import type { Size } from "../components/canvas.tsx";
import { formatDuration } from "../format/duration.ts";
import type { Palette } from "../palette.ts";
import { FLAG_ERROR, type TraceColumns } from "../trace-data/columns.ts";
import type { TimeWindow } from "./viewport.ts";

/** What the canvas at the right of the waterfall shows; rows first .. last of `visible` are on the screen. */
export interface WaterfallPicture {
  readonly columns: TraceColumns;
  readonly visible: Int32Array;
  readonly collapsed: ReadonlySet<number>;
  readonly window: TimeWindow;
  readonly ticks: readonly number[];
  readonly first: number;
  readonly last: number;
  /** Where the first row's top edge is, in pixels. */
  readonly top: number;
  readonly rowHeight: number;
  readonly colourOf: (service: number) => string;
  readonly palette: Palette;
  readonly font: string;
  readonly critical: CriticalIndex | undefined;
}

const BAR = 10;

/** Draws bars, their durations, events and the critical path of the rows on the screen. */
export function paintWaterfall(context: CanvasRenderingContext2D, size: Size, picture: WaterfallPicture): void {
  const { columns, visible, window, top, rowHeight, palette } = picture;
  const scale = size.width / (window.to - window.from);
  const x = (time: number): number => (time - window.from) * scale;
  // Far outside of the canvas numbers are of no use to it.
  const clampX = (value: number): number => Math.min(Math.max(value, -4), size.width + 4);

  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (const tick of picture.ticks) {
    const at = Math.round(x(tick)) + 0.5;
    context.moveTo(at, 0);
    context.lineTo(at, size.height);
  }
  context.stroke();
  context.font = picture.font;
  context.textBaseline = "middle";

  for (let position = picture.first; position <= picture.last; position++) {
    const row = visible[position];
    if (row === undefined) break;
    const y = top + (position - picture.first) * rowHeight;
    const middle = y + rowHeight / 2;
    const start = columns.start[row] ?? 0;
    const duration = columns.duration[row] ?? 0;
    const from = x(start);
    const to = x(start + duration);
    const left = clampX(from);
    const width = Math.max(clampX(to) - left, 2);
    const isShown = to >= -2 && from <= size.width + 2;
    if (isShown) {
      context.fillStyle = picture.colourOf(columns.service[row] ?? 0);
      context.beginPath();
      context.roundRect(left, middle - BAR / 2, width, BAR, Math.min(2, width / 2));
      context.fill();
      if (((columns.flags[row] ?? 0) & FLAG_ERROR) !== 0) {
        context.fillStyle = palette.error;
        context.fillRect(left, middle - BAR / 2 - 1, Math.min(3, width), BAR + 2);
      }
    }
    paintCritical(context, picture, row, x, middle + BAR / 2 + 1, size.width);
    paintEvents(context, picture, row, x, middle, size.width);
    paintLabel(context, formatDuration(duration), { from, to, left, width, middle }, size.width, palette);
  }
}

interface BarPlace {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly width: number;
  readonly middle: number;
}

/** The duration beside its bar, or inside when there is no room; an arrow when the bar is out of the window. */
function paintLabel(
  context: CanvasRenderingContext2D,
  label: string,
  bar: BarPlace,
  width: number,
  palette: Palette,
): void {
  context.fillStyle = palette.muted;
  if (bar.to < 0) {
    context.textAlign = "left";
    context.fillText(`← ${label}`, 4, bar.middle);
    return;
  }
  if (bar.from > width) {
    context.textAlign = "right";
    context.fillText(`${label} →`, width - 4, bar.middle);
    return;
  }
  const needed = context.measureText(label).width + 8;
  const right = bar.left + bar.width;
  if (width - right >= needed) {
    context.textAlign = "left";
    context.fillText(label, right + 4, bar.middle);
  } else if (bar.left >= needed) {
    context.textAlign = "right";
    context.fillText(label, bar.left - 4, bar.middle);
  } else {
    // On the bar: a plate in the page's colours keeps it readable on any hue.
    const plate = Math.min(right, width) - needed - 2;
    context.fillStyle = palette.raised;
    context.beginPath();
    context.roundRect(plate, bar.middle - 7, needed - 2, 14, 2);
    context.fill();
    context.fillStyle = palette.text;
    context.textAlign = "left";
    context.fillText(label, plate + 3, bar.middle + 0.5);
  }
}

function paintEvents(
  context: CanvasRenderingContext2D,
  { columns, palette }: WaterfallPicture,
  row: number,
  x: (time: number) => number,
  middle: number,
  width: number,
): void {
  const from = columns.eventStart[row] ?? 0;
  const to = columns.eventStart[row + 1] ?? 0;
  if (from === to) return;
  context.fillStyle = palette.text;
  let lastPixel = -1;
  for (let i = from; i < to; i++) {
    const at = Math.round(x(columns.eventTime[i] ?? 0));
    if (at === lastPixel || at < 0 || at > width) continue;
    lastPixel = at;
    context.fillRect(at, middle - BAR / 2 - 3, 1, BAR + 6);
  }
}

function paintCritical(
  context: CanvasRenderingContext2D,
  { critical, columns, collapsed, palette }: WaterfallPicture,
  row: number,
  x: (time: number) => number,
  y: number,
  width: number,
): void {
  if (critical === undefined) return;
  // A collapsed row stands for its subtree, so it shows that subtree's part of the path.
  const end = collapsed.has(row) ? (columns.subtreeEnd[row] ?? row + 1) : row + 1;
  context.fillStyle = palette.critical;
  for (let i = critical.firstOf(row); i < critical.firstOf(end); i++) {
    const part = critical.sorted[i] ?? 0;
    const from = Math.max(x(columns.critical.startUs[part] ?? 0), 0);
    const to = Math.min(x(columns.critical.endUs[part] ?? 0), width);
    if (to >= 0 && from <= width) context.fillRect(from, y, Math.max(to - from, 1), 2);
  }
}

/** The parts of the critical path sorted by row, with where each row's parts begin. */
export interface CriticalIndex {
  readonly sorted: Int32Array;
  firstOf(row: number): number;
}

export function indexCritical({ critical, spanCount }: TraceColumns): CriticalIndex {
  const starts = new Int32Array(spanCount + 2);
  for (const row of critical.row) starts[row + 1] = (starts[row + 1] ?? 0) + 1;
  for (let row = 0; row <= spanCount; row++) starts[row + 1] = (starts[row + 1] ?? 0) + (starts[row] ?? 0);
  const next = starts.slice();
  const sorted = new Int32Array(critical.row.length);
  critical.row.forEach((row, part) => {
    const place = next[row] ?? 0;
    sorted[place] = part;
    next[row] = place + 1;
  });
  return { sorted, firstOf: (row) => starts[row] ?? sorted.length };
}
