import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { dataClient } from "../trace-data/client.ts";
import type { TraceColumns } from "../trace-data/columns.ts";
import type { SpanDetail } from "../trace-data/span-detail.ts";
import { countMatches, nextMatch, positionOf, reveal, visibleRows } from "./rows.ts";
import { readWindow, type TimeWindow, wholeWindow } from "./viewport.ts";

/** The state of an open trace that its parts share: what is folded, shown, chosen and found. */
export interface TraceView {
  readonly columns: TraceColumns;
  readonly collapsed: Signal<ReadonlySet<number>>;
  readonly visible: ReadonlySignal<Int32Array>;
  readonly window: Signal<TimeWindow>;
  /** The row that keys act on, or -1. */
  readonly active: Signal<number>;
  /** Whether the side panel shows the active row. */
  readonly panelOpen: Signal<boolean>;
  readonly detail: Signal<SpanDetail | undefined>;
  readonly findText: Signal<string>;
  /** A byte a row while a find is on, and how many match. */
  readonly matches: Signal<Uint8Array | undefined>;
  readonly matchCount: ReadonlySignal<number>;
  /** Asks the waterfall to scroll to a row; a new object asks again. */
  readonly scrollTo: Signal<{ readonly row: number } | undefined>;
  /** Makes a row active, opens what hides it, and scrolls to it. */
  show(row: number): void;
  /** Moves the active row by visible rows. */
  step(by: number): void;
  stepMatch(direction: 1 | -1): void;
  toggle(row: number): void;
  find(text: string): Promise<void>;
  loadDetail(row: number): Promise<void>;
}

/** `handle` names the trace in the data worker. The address gives where to start. */
export function createTraceView(columns: TraceColumns, handle: number, params: URLSearchParams): TraceView {
  const collapsed = signal<ReadonlySet<number>>(new Set());
  const visible = computed(() => visibleRows(columns, collapsed.value));
  const spanParam = params.get("span") ?? "";
  const startRow = spanParam === "" ? -1 : columns.spanId.indexOf(spanParam);
  const active = signal(startRow);
  const panelOpen = signal(startRow >= 0);
  const detail = signal<SpanDetail | undefined>(undefined);
  const findText = signal("");
  const matches = signal<Uint8Array | undefined>(undefined);
  const scrollTo = signal<{ readonly row: number } | undefined>(startRow >= 0 ? { row: startRow } : undefined);
  let findNumber = 0;

  const show = (row: number): void => {
    if (row < 0 || row >= columns.spanCount) return;
    collapsed.value = reveal(columns, collapsed.peek(), row);
    active.value = row;
    scrollTo.value = { row };
  };
  return {
    columns,
    collapsed,
    visible,
    window: signal(readWindow(params.get("window"), columns.durationUs)),
    active,
    panelOpen,
    detail,
    findText,
    matches,
    matchCount: computed(() => (matches.value === undefined ? 0 : countMatches(matches.value))),
    scrollTo,
    show,
    step(by) {
      const rows = visible.peek();
      const at = active.peek() < 0 ? (by > 0 ? -1 : rows.length) : positionOf(rows, active.peek());
      const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
      if (next !== undefined) show(next);
    },
    stepMatch(direction) {
      const mask = matches.peek();
      if (mask !== undefined) show(nextMatch(mask, active.peek(), direction));
    },
    toggle(row) {
      if ((columns.childCount[row] ?? 0) === 0) return;
      const next = new Set(collapsed.peek());
      if (!next.delete(row)) next.add(row);
      collapsed.value = next;
    },
    async find(text) {
      findText.value = text;
      const number = ++findNumber;
      if (text.trim() === "") {
        matches.value = undefined;
        return;
      }
      const found = await dataClient.call("find", { trace: handle, text });
      if (number === findNumber) matches.value = found;
    },
    async loadDetail(row) {
      const loaded = await dataClient.call("detail", { trace: handle, row });
      // By the time it is here another row may be wanted.
      if (active.peek() === row) detail.value = loaded;
    },
  };
}

/** Shows the whole trace again. */
export function resetWindow(view: TraceView): void {
  view.window.value = wholeWindow(view.columns.durationUs);
}
