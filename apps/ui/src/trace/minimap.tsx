import { useEffect, useMemo, useRef } from "preact/hooks";
import { Canvas, type Size, useSize } from "../components/canvas.tsx";
import { followPointer } from "../components/drag.ts";
import { formatTick } from "../format/duration.ts";
import { serviceColour } from "../format/service-colour.ts";
import { linearTicks } from "../format/ticks.ts";
import { palette } from "../palette.ts";
import { dark } from "../settings.ts";
import { FLAG_ERROR, type TraceColumns } from "../trace-data/columns.ts";
import { resetWindow, type TraceView } from "./trace-view.ts";
import { clampWindow, isWhole, type TimeWindow, wholeWindow, zoomWindow } from "./viewport.ts";

/** The whole trace in a strip. A drag marks what to show, inside the marked part it moves it; the wheel zooms at the pointer. */
export function Minimap({ view }: { readonly view: TraceView }) {
  const { columns } = view;
  const [box, size] = useSize<HTMLDivElement>();
  const isDark = dark.value;
  const colours = palette.value;
  const picture = useMemo(
    () => drawSpans(columns, size, isDark, colours.error),
    [columns, size.width, size.height, isDark, colours],
  );
  const whole = wholeWindow(columns.durationUs).to;
  const window = view.window.value;
  const percent = (time: number): string => `${(100 * time) / whole}%`;
  const timeAt = (clientX: number): number => {
    const rect = box.current?.getBoundingClientRect();
    return rect === undefined || rect.width === 0 ? 0 : ((clientX - rect.left) / rect.width) * whole;
  };
  const set = (next: TimeWindow): void => {
    view.window.value = clampWindow(next, columns.durationUs);
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const grip =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[data-grip]")?.dataset.grip : undefined;
    const from = timeAt(event.clientX);
    const before = view.window.peek();
    const isPan =
      grip === undefined && !isWhole(before, columns.durationUs) && from >= before.from && from <= before.to;
    followPointer(event, {
      move: (moved) => {
        const at = timeAt(moved.clientX);
        if (grip === "from") set({ from: Math.min(at, before.to), to: before.to });
        else if (grip === "to") set({ from: before.from, to: Math.max(at, before.from) });
        else if (isPan) set({ from: before.from + at - from, to: before.to + at - from });
        else set({ from: Math.min(from, at), to: Math.max(from, at) });
      },
    });
  };
  useMinimapWheel(box, view, timeAt);

  const { step, at: ticks } = linearTicks(0, whole, Math.max(2, Math.floor(size.width / 160)));
  const zoomed = !isWhole(window, columns.durationUs);
  return (
    <div class="minimap">
      <div class="minimap-ticks" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: percent(tick) }}>
            {tick / whole < 0.97 && formatTick(tick, step, whole)}
          </span>
        ))}
      </div>
      <div
        ref={box}
        class="minimap-box"
        role="img"
        aria-label={`Overview of ${columns.spanCount} spans`}
        onPointerDown={onPointerDown}
        onDblClick={() => resetWindow(view)}
      >
        <Canvas
          size={size}
          draw={(context) => {
            if (picture !== undefined) context.drawImage(picture, 0, 0, size.width, size.height);
          }}
        />
        {zoomed && (
          <>
            <div class="minimap-shade" style={{ left: 0, width: percent(window.from) }} />
            <div class="minimap-shade" style={{ left: percent(window.to), right: 0 }} />
          </>
        )}
        <div
          class={`minimap-window ${zoomed ? "zoomed" : ""}`}
          style={{ left: percent(window.from), right: percent(whole - window.to) }}
        >
          <span class="grip from" data-grip="from" />
          <span class="grip to" data-grip="to" />
        </div>
      </div>
    </div>
  );
}

function useMinimapWheel(
  box: { readonly current: HTMLElement | null },
  view: TraceView,
  timeAt: (clientX: number) => number,
): void {
  const latest = useRef(timeAt);
  latest.current = timeAt;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const at = latest.current(event.clientX);
      view.window.value = zoomWindow(view.window.peek(), at, 1.002 ** event.deltaY, view.columns.durationUs);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [view]);
}

/** Kept free above and below, in pixels. */
const MARGIN = 2;

/** Draws every span once into a picture; later frames only copy it. */
function drawSpans(
  columns: TraceColumns,
  size: Size,
  isDark: boolean,
  errorColour: string,
): HTMLCanvasElement | undefined {
  if (size.width === 0 || size.height === 0) return undefined;
  const canvas = document.createElement("canvas");
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  context.scale(ratio, ratio);
  const whole = wholeWindow(columns.durationUs).to;
  const n = columns.spanCount;
  const height = Math.max(1, Math.min(3, size.height / Math.max(1, n)));
  const colours = columns.services.map((name) => serviceColour(name, isDark));
  let latest = "";
  const paint = (row: number, colour: string, maxWidth: number): void => {
    // Setting a style costs more than a rectangle: neighbours often share it.
    if (colour !== latest) context.fillStyle = latest = colour;
    const y = n === 1 ? size.height / 2 : MARGIN + (row / n) * (size.height - 2 * MARGIN - height);
    const x = ((columns.start[row] ?? 0) / whole) * size.width;
    const width = Math.max(((columns.duration[row] ?? 0) / whole) * size.width, n < 1000 ? 2 : 1);
    context.fillRect(x, y, Math.min(width, maxWidth), height);
  };
  for (let row = 0; row < n; row++) {
    paint(row, colours[columns.service[row] ?? 0] ?? "gray", Number.POSITIVE_INFINITY);
  }
  // Errors lie on top, as marks at the start: whole bars would hide the hundreds of others in the same line of pixels.
  for (let row = 0; row < n; row++) {
    if (((columns.flags[row] ?? 0) & FLAG_ERROR) !== 0) paint(row, errorColour, 3);
  }
  return canvas;
}
