import type { TraceSummary } from "../trace-data/summary.ts";

/** Where traces stand in the plot: time to the right, duration upwards on a logarithmic axis. */
export interface ScatterScale {
  readonly minTimeUs: number;
  readonly maxTimeUs: number;
  readonly minDurationUs: number;
  readonly maxDurationUs: number;
  x(timeUs: number): number;
  y(durationUs: number): number;
  timeAt(x: number): number;
  durationAt(y: number): number;
}

export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A scale that holds all traces with a margin; one trace alone stands in the middle. */
export function scatterScale(traces: readonly TraceSummary[], area: Area): ScatterScale {
  let minTimeUs = Number.POSITIVE_INFINITY;
  let maxTimeUs = Number.NEGATIVE_INFINITY;
  let minDurationUs = Number.POSITIVE_INFINITY;
  let maxDurationUs = 1;
  for (const { startUs, durationUs } of traces) {
    minTimeUs = Math.min(minTimeUs, startUs);
    maxTimeUs = Math.max(maxTimeUs, startUs);
    minDurationUs = Math.min(minDurationUs, Math.max(1, durationUs));
    maxDurationUs = Math.max(maxDurationUs, durationUs);
  }
  if (traces.length === 0) minTimeUs = maxTimeUs = minDurationUs = 1;
  const timePad = Math.max((maxTimeUs - minTimeUs) * 0.03, 500_000);
  minTimeUs -= timePad;
  maxTimeUs += timePad;
  minDurationUs /= 1.3;
  maxDurationUs *= 1.3;
  const logMin = Math.log(minDurationUs);
  const logRange = Math.log(maxDurationUs) - logMin;
  const width = area.right - area.left;
  const height = area.bottom - area.top;
  return {
    minTimeUs,
    maxTimeUs,
    minDurationUs,
    maxDurationUs,
    x: (timeUs) => area.left + ((timeUs - minTimeUs) / (maxTimeUs - minTimeUs)) * width,
    y: (durationUs) => area.bottom - ((Math.log(Math.max(1, durationUs)) - logMin) / logRange) * height,
    timeAt: (x) => minTimeUs + ((x - area.left) / width) * (maxTimeUs - minTimeUs),
    durationAt: (y) => Math.exp(logMin + ((area.bottom - y) / height) * logRange),
  };
}

/** Radius of a trace's dot: grows slowly with its spans. */
export const dotRadius = (spanCount: number): number => Math.min(12, 3 + 2 * Math.log10(Math.max(1, spanCount)));

/** The part of the plot that a brush covers. */
export interface Brush {
  readonly fromUs: number;
  readonly toUs: number;
  readonly minDurationUs: number;
  readonly maxDurationUs: number;
}

export const inBrush = (brush: Brush, trace: TraceSummary): boolean =>
  trace.startUs >= brush.fromUs &&
  trace.startUs <= brush.toUs &&
  Math.max(1, trace.durationUs) >= brush.minDurationUs &&
  Math.max(1, trace.durationUs) <= brush.maxDurationUs;
