import type { Random } from "./random.ts";

export type Attributes = Readonly<Record<string, string | number | boolean>>;
export type CallKind = "server" | "client" | "internal" | "producer" | "consumer";

/** An operation of a service, as data: how long its own work takes and what it calls. */
export interface Operation {
  readonly service: string;
  readonly name: string;
  readonly kind: CallKind;
  /** Median of its own work in milliseconds. */
  readonly workMs: number;
  readonly calls?: readonly Call[];
  readonly attributes?: (random: Random) => Attributes;
  /** How it fails, when it does. */
  readonly failure?: string;
  /** True when it fails after its calls instead of making none. */
  readonly failsLate?: boolean;
}

export interface Call {
  readonly to: Operation;
  /** 1 unless given. */
  readonly probability?: number;
  /** How often; 1 unless given. */
  readonly times?: (random: Random) => number;
  /** True when it does not wait for calls before it. */
  readonly parallel?: boolean;
}

/** A span of a trace to be sent, times relative to the trace's start. */
export interface PlannedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: CallKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly error: string | undefined;
  readonly children: readonly PlannedSpan[];
}

const SPREAD = 0.45;
/** A failed call fails its caller this often. */
const PROPAGATION = 0.7;

/** Plays an operation once: random latencies, optional calls, failures that travel up. */
export function planCall(operation: Operation, random: Random, errorRate: number, startMs: number = 0): PlannedSpan {
  const work = random.latency(operation.workMs, SPREAD);
  let nowMs = startMs + work * 0.4;
  let latestMs = nowMs;
  let error = random.chance(errorRate) ? (operation.failure ?? "internal error") : undefined;
  const children: PlannedSpan[] = [];
  for (const { to, probability = 1, times, parallel = false } of operation.calls ?? []) {
    if (error !== undefined && operation.failsLate !== true) break;
    if (!random.chance(probability)) continue;
    const count = times?.(random) ?? 1;
    for (let i = 0; i < count; i++) {
      const child = planCall(to, random, errorRate, (parallel ? nowMs : latestMs) + random.next() * 0.3);
      children.push(child);
      latestMs = Math.max(latestMs, child.endMs);
      if (child.error !== undefined && random.chance(PROPAGATION)) error ??= `${to.service}: ${child.error}`;
    }
    if (!parallel) nowMs = latestMs;
  }
  return {
    service: operation.service,
    name: operation.name,
    kind: operation.kind,
    startMs,
    endMs: latestMs + work * 0.6,
    attributes: operation.attributes?.(random) ?? {},
    error,
    children,
  };
}
