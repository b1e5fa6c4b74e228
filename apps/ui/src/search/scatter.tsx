import { useState } from "preact/hooks";
import { Canvas, type Size, useSize } from "../components/canvas.tsx";
import { followPointer } from "../components/drag.ts";
import { formatDuration } from "../format/duration.ts";
import { serviceColour } from "../format/service-colour.ts";
import { plural } from "../format/text.ts";
import { logTicks, timeTicks } from "../format/ticks.ts";
import { formatAxisTime, formatTime } from "../format/time.ts";
import { palette } from "../palette.ts";
import { navigate } from "../router.ts";
import { dark, zone } from "../settings.ts";
import type { TraceSummary } from "../trace-data/summary.ts";
import { type Area, type Brush, dotRadius, type ScatterScale, scatterScale } from "./scatter-scale.ts";

const areaOf = (size: Size): Area => ({ left: 60, right: size.width - 12, top: 8, bottom: size.height - 22 });

/** Traces over time and duration: a click opens one, a drag narrows the list below. */
export function Scatter(props: {
  readonly traces: readonly TraceSummary[];
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
}) {
  const [box, size] = useSize<HTMLDivElement>();
  const [hovered, setHovered] = useState<TraceSummary>();
  const scale = scatterScale(props.traces, areaOf(size));

  const at = (event: MouseEvent): { x: number; y: number } => {
    const rect = box.current?.getBoundingClientRect();
    return { x: event.clientX - (rect?.left ?? 0), y: event.clientY - (rect?.top ?? 0) };
  };
  const nearest = (event: MouseEvent): TraceSummary | undefined => {
    const { x, y } = at(event);
    let best: TraceSummary | undefined;
    let bestDistance = 14;
    for (const trace of props.traces) {
      const distance =
        Math.hypot(scale.x(trace.startUs) - x, scale.y(trace.durationUs) - y) - dotRadius(trace.spanCount) / 2;
      if (distance < bestDistance) {
        best = trace;
        bestDistance = distance;
      }
    }
    return best;
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const from = at(event);
    followPointer(event, {
      move: (moved) => props.onBrush(brushBetween(scale, from, at(moved))),
      end: (last, moved) => {
        if (moved) return;
        const trace = nearest(last);
        if (trace !== undefined) navigate(`trace/${trace.traceId}`);
        else props.onBrush(undefined);
      },
    });
  };
  return (
    <div
      ref={box}
      class={`scatter ${hovered === undefined ? "" : "over-dot"}`}
      role="img"
      aria-label={`Plot of ${plural(props.traces.length, "trace")} over time and duration; the list below holds the same.`}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => setHovered(nearest(event))}
      onPointerLeave={() => setHovered(undefined)}
    >
      <Canvas size={size} draw={(context) => drawScatter(context, size, props.traces, scale, props.brush, hovered)} />
      {hovered !== undefined && (
        <Tooltip trace={hovered} x={scale.x(hovered.startUs)} y={scale.y(hovered.durationUs)} width={size.width} />
      )}
    </div>
  );
}

function brushBetween(scale: ScatterScale, a: { x: number; y: number }, b: { x: number; y: number }): Brush {
  return {
    fromUs: scale.timeAt(Math.min(a.x, b.x)),
    toUs: scale.timeAt(Math.max(a.x, b.x)),
    minDurationUs: scale.durationAt(Math.max(a.y, b.y)),
    maxDurationUs: scale.durationAt(Math.min(a.y, b.y)),
  };
}

function Tooltip({
  trace,
  x,
  y,
  width,
}: {
  readonly trace: TraceSummary;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}) {
  const style =
    x > width / 2 ? { right: `${width - x + 14}px`, top: `${y - 8}px` } : { left: `${x + 14}px`, top: `${y - 8}px` };
  return (
    <div class="tooltip" style={style}>
      <strong>{trace.rootService}</strong> {trace.rootOperation}
      <br />
      {formatDuration(trace.durationUs)} · {plural(trace.spanCount, "span")}
      {trace.errorCount > 0 && <span class="error-text"> · {plural(trace.errorCount, "error")}</span>}
      <br />
      <span class="muted">{formatTime(trace.startUs, zone.value)}</span>
    </div>
  );
}

function drawScatter(
  context: CanvasRenderingContext2D,
  size: Size,
  traces: readonly TraceSummary[],
  scale: ScatterScale,
  brush: Brush | undefined,
  hovered: TraceSummary | undefined,
): void {
  const colours = palette.value;
  const area = areaOf(size);
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.lineWidth = 1;
  context.strokeStyle = colours.grid;
  context.fillStyle = colours.muted;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of logTicks(scale.minDurationUs, scale.maxDurationUs)) {
    const y = Math.round(scale.y(tick)) + 0.5;
    line(context, area.left, y, area.right, y);
    context.fillText(formatDuration(tick), area.left - 6, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  const range = scale.maxTimeUs - scale.minTimeUs;
  for (const tick of timeTicks(scale.minTimeUs, scale.maxTimeUs, Math.max(2, size.width / 110))) {
    const x = Math.round(scale.x(tick)) + 0.5;
    line(context, x, area.bottom, x, area.bottom + 4);
    const label = formatAxisTime(tick, range, zone.value);
    if (x + context.measureText(label).width / 2 > size.width) continue;
    context.fillText(label, x, area.bottom + 7);
  }
  context.strokeStyle = colours.line;
  line(context, area.left, area.bottom + 0.5, area.right, area.bottom + 0.5);

  // Large dots first, so that small ones stay visible.
  const bySize = [...traces].sort((a, b) => b.spanCount - a.spanCount);
  for (const trace of bySize) {
    const isFailed = trace.errorCount > 0;
    context.beginPath();
    context.arc(scale.x(trace.startUs), scale.y(trace.durationUs), dotRadius(trace.spanCount), 0, 2 * Math.PI);
    context.globalAlpha = trace === hovered ? 1 : 0.55;
    context.fillStyle = serviceColour(trace.rootService, dark.value);
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = isFailed ? 2 : 1;
    context.strokeStyle = isFailed ? colours.error : serviceColour(trace.rootService, dark.value);
    context.stroke();
  }
  if (brush === undefined) return;
  const x = scale.x(brush.fromUs);
  const y = scale.y(brush.maxDurationUs);
  const width = scale.x(brush.toUs) - x;
  const height = scale.y(brush.minDurationUs) - y;
  context.fillStyle = colours.accent;
  context.globalAlpha = 0.12;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = colours.accent;
  context.strokeRect(x, y, width, height);
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
