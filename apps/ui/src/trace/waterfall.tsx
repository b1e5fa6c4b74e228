import { useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Canvas, useSize } from "../components/canvas.tsx";
import { followPointer } from "../components/drag.ts";
import { formatTick } from "../format/duration.ts";
import { serviceColour } from "../format/service-colour.ts";
import { linearTicks } from "../format/ticks.ts";
import { palette } from "../palette.ts";
import { dark, nameColumn } from "../settings.ts";
import { positionOf } from "./rows.ts";
import { Ruler } from "./ruler.tsx";
import { SpanRow } from "./span-row.tsx";
import type { TraceView } from "./trace-view.ts";
import { panWindow, zoomWindow } from "./viewport.ts";
import { indexCritical, paintWaterfall } from "./waterfall-paint.ts";

export const ROW_HEIGHT = 24;
const RULER_HEIGHT = 28;

/** The tree and its bars. Only the rows on the screen exist; the canvas and they move together, in one frame. */
export function Waterfall({ view, showCritical }: { readonly view: TraceView; readonly showCritical: boolean }) {
  const { columns } = view;
  const [scroller, size] = useSize<HTMLDivElement>();
  const [scrollTop, setScrollTop] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const crosshair = useRef<HTMLDivElement>(null);
  const visible = view.visible.value;
  const collapsed = view.collapsed.value;
  const window = view.window.value;
  const critical = useMemo(() => (showCritical ? indexCritical(columns) : undefined), [columns, showCritical]);

  const bodyHeight = Math.max(0, size.height - RULER_HEIGHT);
  const first = Math.max(0, Math.min(Math.floor(scrollTop / ROW_HEIGHT), visible.length - 1));
  const last = Math.min(visible.length - 1, first + Math.ceil(bodyHeight / ROW_HEIGHT));
  const top = first * ROW_HEIGHT - scrollTop;
  // On a narrow screen the chosen share would leave no name readable.
  const share = Math.max(nameColumn.value, size.width < 600 ? 52 : 10);
  const nameWidth = Math.round((size.width * Math.min(80, share)) / 100);
  const barsWidth = Math.max(0, size.width - nameWidth);
  const { step, at: ticks } = linearTicks(window.from, window.to, Math.max(1, Math.floor(barsWidth / 110)));
  const isDark = dark.value;
  const colours = useMemo(() => columns.services.map((name) => serviceColour(name, isDark)), [columns, isDark]);
  // Deep trees get narrower steps, so that names keep at least half of their column.
  const indent = Math.min(12, (nameWidth * 0.4) / Math.max(1, columns.maxDepth));

  useSignalEffect(() => {
    const target = view.scrollTo.value;
    const element = scroller.current;
    if (target === undefined || element === null) return;
    const y = positionOf(view.visible.peek(), target.row) * ROW_HEIGHT;
    const height = element.clientHeight - RULER_HEIGHT;
    const isAbove = y < element.scrollTop;
    const isBelow = y + ROW_HEIGHT > element.scrollTop + height;
    if (!isAbove && !isBelow) return;
    // A neighbour just comes into view; a jump lands in the middle.
    const distance = isAbove ? element.scrollTop - y : y + ROW_HEIGHT - element.scrollTop - height;
    if (distance <= ROW_HEIGHT * 2) element.scrollTop += isAbove ? -distance : distance;
    else element.scrollTop = y - height / 2;
  });
  // The height must be in place before a scroll position can be: run once more when the size becomes known.
  const isMeasured = size.height > 0;
  useLayoutEffect(() => {
    const target = view.scrollTo.peek();
    if (isMeasured && target !== undefined) view.scrollTo.value = { ...target };
  }, [view, isMeasured]);

  const timeAt = (clientX: number): number | undefined => {
    const rect = scroller.current?.getBoundingClientRect();
    if (rect === undefined || barsWidth === 0) return undefined;
    const share = (clientX - rect.left - nameWidth) / barsWidth;
    return share < 0 || share > 1 ? undefined : window.from + share * (window.to - window.from);
  };
  const moveCrosshair = (event: PointerEvent): void => {
    const element = crosshair.current;
    if (element === null) return;
    const time = event.pointerType === "touch" ? undefined : timeAt(event.clientX);
    element.hidden = time === undefined;
    if (time === undefined) return;
    const x = nameWidth + ((time - window.from) / (window.to - window.from)) * barsWidth;
    element.style.transform = `translateX(${x}px)`;
    element.dataset.time = formatTick(time, (window.to - window.from) / 1000, window.to);
    element.classList.toggle("flip", x > size.width - 90);
  };
  // Its time was of the picture before: it comes back with the next move of the pointer.
  useLayoutEffect(() => {
    if (crosshair.current !== null) crosshair.current.hidden = true;
  }, [window, barsWidth]);
  useWheel(scroller, view, timeAt);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const row = view.active.peek();
    const page = Math.max(1, Math.floor(bodyHeight / ROW_HEIGHT) - 1);
    const isParent = row >= 0 && (columns.childCount[row] ?? 0) > 0;
    const isCollapsed = view.collapsed.peek().has(row);
    const actions: Readonly<Record<string, () => void>> = {
      ArrowDown: () => view.step(1),
      ArrowUp: () => view.step(-1),
      PageDown: () => view.step(page),
      PageUp: () => view.step(-page),
      Home: () => view.step(-visible.length),
      End: () => view.step(visible.length),
      ArrowRight: () => (isParent && isCollapsed ? view.toggle(row) : view.step(1)),
      ArrowLeft: () => (isParent && !isCollapsed ? view.toggle(row) : view.show(columns.parent[row] ?? -1)),
      " ": () => view.toggle(row),
      Enter: () => {
        if (row >= 0) view.panelOpen.value = !view.panelOpen.peek();
      },
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };

  // A row that leaves the screen lends its elements to one that comes: cheaper than making new ones while scrolling.
  const pool = Math.ceil(bodyHeight / ROW_HEIGHT) + 2;
  const rows = [];
  for (let position = first; position <= last; position++) {
    const row = visible[position];
    if (row === undefined) continue;
    rows.push(
      <SpanRow
        key={position % pool}
        view={view}
        row={row}
        position={position}
        isActive={row === view.active.value}
        isCollapsed={collapsed.has(row)}
        isMatch={view.matches.value?.[row] === 1}
        isDimmed={view.matches.value !== undefined && view.matches.value[row] !== 1}
        colour={colours[columns.service[row] ?? 0] ?? "gray"}
        indent={indent}
        nameWidth={nameWidth}
      />,
    );
  }
  const font = `11px ${useFont()}`;
  return (
    <div
      ref={scroller}
      class="waterfall"
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onPointerMove={moveCrosshair}
      onPointerLeave={() => {
        if (crosshair.current !== null) crosshair.current.hidden = true;
      }}
    >
      <div style={{ height: `${RULER_HEIGHT + visible.length * ROW_HEIGHT + 8}px` }}>
        <div class="waterfall-view" style={{ height: `${size.height}px` }}>
          <Ruler view={view} nameWidth={nameWidth} ticks={ticks} step={step} width={barsWidth} />
          <div class="waterfall-body" style={{ height: `${bodyHeight}px` }}>
            <div class="waterfall-bars" style={{ left: `${nameWidth}px` }}>
              <Canvas
                size={{ width: barsWidth, height: bodyHeight }}
                draw={(context, canvasSize) =>
                  paintWaterfall(context, canvasSize, {
                    columns,
                    visible,
                    collapsed,
                    window,
                    ticks,
                    first,
                    last,
                    top,
                    rowHeight: ROW_HEIGHT,
                    colourOf: (service) => colours[service] ?? "gray",
                    palette: palette.value,
                    font,
                    critical,
                  })
                }
              />
            </div>
            <div
              ref={grid}
              class="waterfall-rows"
              role="treegrid"
              tabIndex={0}
              aria-label="Spans"
              aria-rowcount={visible.length}
              aria-activedescendant={view.active.value >= 0 ? `span-row-${view.active.value}` : undefined}
              style={{ transform: `translateY(${top}px)` }}
              onKeyDown={onKeyDown}
            >
              {rows}
            </div>
          </div>
          <ColumnSplitter left={nameWidth} width={size.width} />
          <div ref={crosshair} class="crosshair" hidden />
        </div>
      </div>
    </div>
  );
}

/** The border between names and bars: dragged, or moved with the arrow keys. */
function ColumnSplitter({ left, width }: { readonly left: number; readonly width: number }) {
  const set = (share: number): void => {
    nameColumn.value = Math.round(Math.min(80, Math.max(10, share)) * 10) / 10;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      class="column-splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the names"
      aria-valuenow={Math.round(nameColumn.value)}
      aria-valuemin={10}
      aria-valuemax={80}
      style={{ left: `${left}px` }}
      onPointerDown={(event) => {
        event.preventDefault();
        const origin = event.clientX - left;
        followPointer(event, { move: (moved) => set(((moved.clientX - origin) / width) * 100) });
      }}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        set(nameColumn.value + (event.key === "ArrowLeft" ? -2 : 2));
      }}
    />
  );
}

/** Ctrl and the wheel zoom at the pointer; a sideways wheel, or shift and the wheel, pans. */
function useWheel(
  scroller: { readonly current: HTMLDivElement | null },
  view: TraceView,
  timeAt: (clientX: number) => number | undefined,
): void {
  const latest = useRef(timeAt);
  latest.current = timeAt;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      const duration = view.columns.durationUs;
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const at = latest.current(event.clientX);
        if (at !== undefined) view.window.value = zoomWindow(view.window.peek(), at, 1.002 ** event.deltaY, duration);
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        view.window.value = panWindow(view.window.peek(), sideways / 1000, duration);
      }
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [view]);
}

const useFont = (): string => useMemo(() => getComputedStyle(document.body).fontFamily, []);
