/**
 * The JSON of `GET /api/traces` and `/api/traces/{id}` as far as this page reads it. All of it comes from strangers:
 * a field may be missing, null, or of another type, so readers go through the functions below.
 */
export interface TraceJson {
  readonly traceID?: string;
  readonly spans?: readonly SpanJson[] | null;
  readonly processes?: Readonly<Record<string, ProcessJson>> | null;
  readonly warnings?: readonly string[] | null;
}

export interface SpanJson {
  readonly traceID?: string;
  readonly spanID?: string;
  readonly operationName?: string;
  readonly references?: readonly ReferenceJson[] | null;
  /** Microseconds since the epoch. */
  readonly startTime?: number;
  /** Microseconds. */
  readonly duration?: number;
  readonly tags?: readonly KeyValueJson[] | null;
  readonly logs?: readonly LogJson[] | null;
  readonly processID?: string;
  readonly warnings?: readonly string[] | null;
}

export interface ReferenceJson {
  readonly refType?: string;
  readonly traceID?: string;
  readonly spanID?: string;
}

export interface KeyValueJson {
  readonly key: string;
  readonly type?: string;
  readonly value: unknown;
}

export interface LogJson {
  readonly timestamp?: number;
  readonly fields?: readonly KeyValueJson[] | null;
}

export interface ProcessJson {
  readonly serviceName?: string;
  readonly tags?: readonly KeyValueJson[] | null;
}

/** The text of a tag's value; an object becomes its JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

const WRAPPED = 2 ** 63;

/** A number of microseconds; v1 writes negative ones as wrapped unsigned 64-bit integers, and these come back negative. */
export function micros(value: unknown): number {
  const number = Number(value);
  if (!Number.isFinite(number)) return 0;
  return number >= WRAPPED ? number - 2 ** 64 : number;
}

export const serviceOf = (trace: TraceJson, span: SpanJson): string =>
  trace.processes?.[span.processID ?? ""]?.serviceName ?? "";

/** Whether a span says that it failed: `error` is true, or the OpenTelemetry status is ERROR. */
export function isErrorSpan(span: SpanJson): boolean {
  for (const tag of span.tags ?? []) {
    if (tag.key === "error" && (tag.value === true || tag.value === "true")) return true;
    if (tag.key === "otel.status_code" && tag.value === "ERROR") return true;
  }
  return false;
}

export const SPAN_KINDS = ["", "client", "server", "producer", "consumer", "internal"] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** The index in SPAN_KINDS; 0 when the span does not say. */
export function spanKindIndex(span: SpanJson): number {
  for (const tag of span.tags ?? []) {
    if (tag.key === "span.kind") return Math.max(0, (SPAN_KINDS as readonly unknown[]).indexOf(tag.value));
  }
  return 0;
}

/**
 * The parent of a span within its trace: the first CHILD_OF of the same trace, else the first FOLLOWS_FROM of it.
 * Empty when there is none.
 */
export function parentSpanId(span: SpanJson): { readonly id: string; readonly follows: boolean } {
  let follows = "";
  for (const reference of span.references ?? []) {
    if (!sameTrace(reference.traceID, span.traceID) || reference.spanID === undefined) continue;
    if (reference.refType === "CHILD_OF") return { id: reference.spanID, follows: false };
    if (follows === "") follows = reference.spanID;
  }
  return { id: follows, follows: follows !== "" };
}

const sameTrace = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.replace(/^0+/, "") === b.replace(/^0+/, ""));
