import { type KeyValue, SPAN_FLAGS } from "@spoor/span-model";
import { valueText } from "@spoor/span-wire";
import type { TraceQuery } from "@spoor/storage-api";
import type { Capability } from "./capability.ts";

const US = 1000n;
/** Longest text, in UTF-16 units, that v1's mappings index. */
const MOST_INDEXED = 256;

const microseconds: Capability = {
  name: "microseconds",
  why: "v1's columns and documents hold times and durations in microseconds",
  keeps: (span) => ({
    ...span,
    startTimeNs: floorUs(span.startTimeNs),
    durationNs: floorUs(span.durationNs),
    logs: span.logs.map((log) => ({ ...log, timestampNs: floorUs(log.timestampNs) })),
  }),
};

const needsService: Capability = {
  name: "needs a service",
  why: "the keys of v1's index tables begin with the service",
  refuses: (query) => query.serviceName === undefined,
};

const firehose: Capability = {
  name: "firehose",
  why: "v1 writes no rows of tags and durations for spans with the firehose flag, and so that flag saves what it is for",
  overlooks: (span, query) =>
    (span.flags & SPAN_FLAGS.firehose) !== 0 &&
    (query.tags.size > 0 || query.durationMinNs !== undefined || query.durationMaxNs !== undefined),
};

const longTexts: Capability = {
  name: "long texts",
  why: `v1's mappings index texts up to ${MOST_INDEXED} characters; longer ones are stored but not found or listed`,
  overlooks: (_, query) => isLongQuery(query),
  admits: (query) => (isLongQuery(query) ? "unreadable" : undefined),
  hidesOperation: (name) => name.length > MOST_INDEXED,
};

const tenDigits: Capability = {
  name: "ten digits",
  why: "v1's documents hold floats as text of ten digits",
  keeps: (span) => ({
    ...span,
    tags: span.tags.map(tenDigitsOf),
    logs: span.logs.map((log) => ({ ...log, fields: log.fields.map(tenDigitsOf) })),
    process: { ...span.process, tags: span.process.tags.map(tenDigitsOf) },
  }),
};

const wholeMicroseconds: Capability = {
  name: "bounds in whole microseconds",
  why: "a bound is compared with times that are cut to microseconds, and so is cut to one too: what starts within it is found",
  asks: (query) => ({
    ...query,
    startTimeMinNs: floorUs(query.startTimeMinNs),
    ...(query.durationMinNs === undefined ? {} : { durationMinNs: floorUs(query.durationMinNs) }),
  }),
};

/** What each store cannot do. An empty list: its answers are those of a plain loop over all spans. */
export const CAPABILITIES = {
  memory: [],
  embedded: [],
  cassandra: [needsService, microseconds, firehose],
  elasticsearch: [microseconds, wholeMicroseconds, longTexts, tenDigits],
} as const satisfies Readonly<Record<string, readonly Capability[]>>;

function floorUs(ns: bigint): bigint {
  return ns - (((ns % US) + US) % US);
}

function isLongQuery(query: TraceQuery): boolean {
  const texts = [query.serviceName ?? "", query.operationName ?? "", ...query.tags.keys(), ...query.tags.values()];
  return texts.some((text) => text.length > MOST_INDEXED);
}

function tenDigitsOf(tag: KeyValue): KeyValue {
  if (tag.type !== "float64" || !Number.isFinite(tag.value)) return tag;
  const value = Number(valueText(tag));
  // Ten digits of the largest numbers are more than a double holds.
  return { ...tag, value: Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE };
}
