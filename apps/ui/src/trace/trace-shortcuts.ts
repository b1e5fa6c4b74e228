import type { Shortcut, ShortcutGroup } from "../shortcuts.ts";
import { collapseAll, collapseLevel, expandLevel } from "./rows.ts";
import type { TraceView } from "./trace-view.ts";
import { panWindow, type TimeWindow, zoomWindow } from "./viewport.ts";

/** The keys of the trace page, which are v1's. With a span open, the arrows up and down walk through the spans. */
export function traceShortcuts(view: TraceView, scroller: () => Element | null): ShortcutGroup {
  const { columns, collapsed } = view;
  const duration = columns.durationUs;
  const change = (next: (window: TimeWindow) => TimeWindow) => (): void => {
    view.window.value = next(view.window.peek());
  };
  const zoom = (factor: number) => change((w) => zoomWindow(w, (w.from + w.to) / 2, factor, duration));
  const pan = (share: number) => change((w) => panWindow(w, share, duration));
  const walkOr = (by: number, otherwise: () => void) => (): void => {
    if (view.panelOpen.peek()) view.step(by);
    else otherwise();
  };
  const scroll = (share: number) => (): void => {
    const element = scroller();
    element?.scrollBy({ top: share * element.clientHeight });
  };
  const key = (keys: string | readonly string[], label: string, run: () => void): Shortcut => ({
    keys: typeof keys === "string" ? [keys] : keys,
    label,
    run,
  });
  return {
    title: "Trace",
    shortcuts: [
      key("s", "Scroll down", scroll(0.5)),
      key("w", "Scroll up", scroll(-0.5)),
      key("f", "Next span", () => view.step(1)),
      key("b", "Previous span", () => view.step(-1)),
      key(["a", "arrowleft"], "Pan left", pan(-0.1)),
      key(["d", "arrowright"], "Pan right", pan(0.1)),
      key(["shift+a", "shift+arrowleft"], "Pan left, far", pan(-0.5)),
      key(["shift+d", "shift+arrowright"], "Pan right, far", pan(0.5)),
      key("arrowup", "Zoom in (previous span when one is open)", walkOr(-1, zoom(0.8))),
      key("arrowdown", "Zoom out (next span when one is open)", walkOr(1, zoom(1.25))),
      key("shift+arrowup", "Zoom in, far", zoom(0.4)),
      key("shift+arrowdown", "Zoom out, far", zoom(2.5)),
      key("]", "Collapse all", () => {
        collapsed.value = collapseAll(columns);
      }),
      key("[", "Expand all", () => {
        collapsed.value = new Set();
      }),
      key("p", "Collapse one level", () => {
        collapsed.value = collapseLevel(columns, collapsed.peek());
      }),
      key("o", "Expand one level", () => {
        collapsed.value = expandLevel(columns, collapsed.peek());
      }),
      {
        keys: ["ctrl+b"],
        label: "Find in the trace",
        inFields: true,
        run: () => document.getElementById("find")?.focus(),
      },
      key("escape", "Clear the find, close the span", () => {
        if (view.findText.peek() !== "") void view.find("");
        else view.panelOpen.value = false;
      }),
    ],
  };
}
