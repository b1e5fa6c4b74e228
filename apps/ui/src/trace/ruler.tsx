import { useState } from "preact/hooks";
import { followPointer } from "../components/drag.ts";
import { Icon, type IconName } from "../components/icon.tsx";
import { formatTick } from "../format/duration.ts";
import { collapseAll, collapseLevel, expandLevel } from "./rows.ts";
import { resetWindow, type TraceView } from "./trace-view.ts";
import { clampWindow, isWhole } from "./viewport.ts";

/** The head of the waterfall: fold buttons over the names, times over the bars. A drag over the times zooms into them. */
export function Ruler(props: {
  readonly view: TraceView;
  readonly nameWidth: number;
  readonly width: number;
  readonly ticks: readonly number[];
  readonly step: number;
}) {
  const { view, nameWidth, width, ticks, step } = props;
  const [marked, setMarked] = useState<readonly [number, number]>();
  const window = view.window.value;
  const { columns, collapsed } = view;
  const x = (time: number): number => ((time - window.from) / (window.to - window.from)) * width;

  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const left = (event.currentTarget as Element).getBoundingClientRect().left;
    const clamp = (clientX: number): number => Math.min(Math.max(clientX - left, 0), width);
    const from = clamp(event.clientX);
    followPointer(event, {
      move: (moved) => setMarked([Math.min(from, clamp(moved.clientX)), Math.max(from, clamp(moved.clientX))]),
      end: (last, moved) => {
        setMarked(undefined);
        if (!moved) return;
        const times = [from, clamp(last.clientX)].map((px) => window.from + (px / width) * (window.to - window.from));
        view.window.value = clampWindow({ from: Math.min(...times), to: Math.max(...times) }, columns.durationUs);
      },
    });
  };
  const button = (icon: IconName, title: string, onClick: () => void) => (
    <button type="button" class="icon-button small" title={title} aria-label={title} onClick={onClick}>
      <Icon name={icon} size={14} />
    </button>
  );
  return (
    <div class="ruler">
      <div class="ruler-name" style={{ width: `${nameWidth}px` }}>
        <span class="ruler-title">Service &amp; operation</span>
        {button("right", "Collapse one level (p)", () => {
          collapsed.value = collapseLevel(columns, collapsed.peek());
        })}
        {button("down", "Expand one level (o)", () => {
          collapsed.value = expandLevel(columns, collapsed.peek());
        })}
        {button("collapseAll", "Collapse all (])", () => {
          collapsed.value = collapseAll(columns);
        })}
        {button("expandAll", "Expand all ([)", () => {
          collapsed.value = new Set();
        })}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the pointer; the keys zoom as well */}
      <div class="ruler-times" onPointerDown={onPointerDown} onDblClick={() => resetWindow(view)}>
        {ticks.map((tick) => {
          const at = x(tick);
          if (at > width - 8) return null;
          return (
            <span key={tick} class="tick" style={{ transform: `translateX(${Math.round(at)}px)` }}>
              {formatTick(tick, step, window.to)}
            </span>
          );
        })}
        {marked !== undefined && (
          <span class="marked" style={{ left: `${marked[0]}px`, width: `${marked[1] - marked[0]}px` }} />
        )}
        {!isWhole(window, columns.durationUs) && (
          <button
            type="button"
            class="reset"
            onPointerDown={(event) => event.stopPropagation()}
            onClick={() => resetWindow(view)}
          >
            Whole trace
          </button>
        )}
      </div>
    </div>
  );
}
