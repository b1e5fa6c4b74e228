import { createHash } from "node:crypto";
import { type EncodedSpan, SpanFields } from "@spoor/span-wire";
import { sortTags } from "./compare-tags.ts";
import { decodeFields } from "./decode-shown.ts";
import { plainProcess } from "./shown-processes.ts";
import { sortLogFields } from "./sort-log-fields.ts";
import type { SpanIdIndex } from "./span-id-index.ts";
import { MARK, type TraceFacts } from "./trace-facts.ts";

/**
 * Marks spans that are there again with the same content, whatever the order of their tags; a store that is written to
 * at least once has them (jaegertracing/jaeger `model/adjuster/span_hash_deduper.go`). v1 does so after the uniquifier, so that
 * copies of a server span that shares its id all stay; here copies go first.
 */
export function markCopies(facts: TraceFacts, ids: SpanIdIndex): void {
  for (let span = 0; span < facts.count; span++) {
    if (ids.next(span) < 0 || ids.first(facts.idHigh[span] as number, facts.idLow[span] as number) !== span) continue;
    markCopiesOfId(facts, ids, span);
  }
}

/** `first` and all others of its id. */
function markCopiesOfId(facts: TraceFacts, ids: SpanIdIndex, first: number): void {
  const second = ids.next(first);
  if (ids.next(second) < 0) {
    // Nearly always the two halves of a call that share one id.
    if (sameTimes(facts, first, second) && isCopy(facts, first, second)) facts.mark(second, MARK.copy);
    return;
  }
  const byTimes = new Map<string, { readonly original: number; digests: Set<string> | undefined }>();
  for (let span = first; span >= 0; span = ids.next(span)) {
    const key = `${facts.startSeconds[span]}:${facts.startNanos[span]}:${facts.durationSeconds[span]}:${facts.durationNanos[span]}`;
    const group = byTimes.get(key);
    if (group === undefined) byTimes.set(key, { original: span, digests: undefined });
    else if (sameBytes(facts, group.original, span)) facts.mark(span, MARK.copy);
    else {
      group.digests ??= new Set([digest(facts, group.original)]);
      const own = digest(facts, span);
      if (group.digests.has(own)) facts.mark(span, MARK.copy);
      else group.digests.add(own);
    }
  }
}

function sameTimes(facts: TraceFacts, a: number, b: number): boolean {
  return (
    facts.startSeconds[a] === facts.startSeconds[b] &&
    facts.startNanos[a] === facts.startNanos[b] &&
    facts.durationSeconds[a] === facts.durationSeconds[b] &&
    facts.durationNanos[a] === facts.durationNanos[b]
  );
}

function isCopy(facts: TraceFacts, a: number, b: number): boolean {
  return sameBytes(facts, a, b) || digest(facts, a) === digest(facts, b);
}

function sameBytes(facts: TraceFacts, a: number, b: number): boolean {
  if (facts.process[a] !== facts.process[b]) return false;
  const x = facts.spans[a] as EncodedSpan;
  const y = facts.spans[b] as EncodedSpan;
  return Buffer.compare(x.buffer.subarray(x.start, x.end), y.buffer.subarray(y.start, y.end)) === 0;
}

/** Equal exactly when the spans are, but for the order of tags and log fields. */
function digest(facts: TraceFacts, span: number): string {
  const encoded = facts.spans[span] as EncodedSpan;
  const fields = new SpanFields().read(encoded);
  sortTags(fields.tags);
  for (const log of fields.logs) sortLogFields(log.fields);
  const tags = plainProcess(encoded.process).tags.slice();
  sortTags(tags);
  const process = { serviceName: encoded.process.serviceName, tags: tags.map((tag) => tag.keyValue()) };
  const content = decodeFields(fields, process);
  const text = JSON.stringify(content, (_, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number") return String(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value as unknown);
  });
  return createHash("sha256").update(text).digest("base64");
}
