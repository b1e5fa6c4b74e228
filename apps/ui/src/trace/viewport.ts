/** The part of the trace's time that is shown, in microseconds since its start. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The smallest part that may be shown: a millionth of the trace, and not less than 10 ns. */
const smallest = (durationUs: number): number => Math.max(durationUs / 1e6, 0.01);

export const wholeWindow = (durationUs: number): TimeWindow => ({ from: 0, to: Math.max(durationUs, 1) });

/** Moves and sizes a window so that it lies within the trace. */
export function clampWindow(window: TimeWindow, durationUs: number): TimeWindow {
  const whole = wholeWindow(durationUs).to;
  const length = Math.min(Math.max(window.to - window.from, smallest(durationUs)), whole);
  const from = Math.min(Math.max(window.from, 0), whole - length);
  return { from, to: from + length };
}

/** Zooms around a moment that keeps its place; `factor` below 1 zooms in. */
export function zoomWindow(window: TimeWindow, at: number, factor: number, durationUs: number): TimeWindow {
  return clampWindow({ from: at - (at - window.from) * factor, to: at + (window.to - at) * factor }, durationUs);
}

/** Pans by a share of what is shown. */
export function panWindow(window: TimeWindow, share: number, durationUs: number): TimeWindow {
  const by = (window.to - window.from) * share;
  return clampWindow({ from: window.from + by, to: window.to + by }, durationUs);
}

export const isWhole = (window: TimeWindow, durationUs: number): boolean =>
  window.from <= 0 && window.to >= wholeWindow(durationUs).to;

/** `1200-3400` in microseconds, as it stands in the address; empty for the whole trace. */
export function writeWindow(window: TimeWindow, durationUs: number): string {
  if (isWhole(window, durationUs)) return "";
  return `${roundTo3(window.from)}-${roundTo3(window.to)}`;
}

export function readWindow(text: string | null, durationUs: number): TimeWindow {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "") ?? [];
  if (from === undefined || to === undefined || Number(to) <= Number(from)) return wholeWindow(durationUs);
  return clampWindow({ from: Number(from), to: Number(to) }, durationUs);
}

const roundTo3 = (value: number): number => Math.round(value * 1000) / 1000;
