import { type EncodedSpan, KeyValueCursor } from "@spoor/span-wire";
import type { SpanIdIndex } from "./span-id-index.ts";
import { MARK, type TraceFacts } from "./trace-facts.ts";

const SPAN_KIND = Buffer.from("span.kind");
const CLIENT = Buffer.from("client");
const SERVER = Buffer.from("server");

interface NewId {
  readonly high: number;
  readonly low: number;
}

/**
 * Gives server spans that share their id with a client span, as Zipkin's clients send them, an id of their own: the
 * smallest that is free. The client span becomes their parent, and children of the shared id become theirs
 * (jaegertracing/jaeger `model/adjuster/zipkin_span_id_uniquify.go`). True when an id changed.
 */
export function uniquifySpanIds(facts: TraceFacts, ids: SpanIdIndex): boolean {
  const { idHigh, idLow, parentHigh, parentLow } = facts;
  const cursor = new KeyValueCursor();
  /** By the first span of the shared id; ids are changed only afterwards, for the index reads them. */
  const changes = new Map<number, NewId>();
  const servers: { readonly span: number; readonly id: NewId }[] = [];
  const shared = new Map<number, boolean>();
  const free = freeIds(ids);
  for (let span = 0; span < facts.count; span++) {
    if (facts.has(span, MARK.copy)) continue;
    const first = ids.first(idHigh[span] as number, idLow[span] as number);
    if (first < 0 || ids.next(first) < 0 || !isKind(cursor, facts.spans[span] as EncodedSpan, SERVER)) continue;
    let withClient = shared.get(first);
    if (withClient === undefined) {
      withClient = hasClient(facts, ids, first, cursor);
      shared.set(first, withClient);
    }
    if (!withClient) continue;
    const id = free.next().value;
    changes.set(first, id);
    servers.push({ span, id });
  }
  if (servers.length === 0) return false;
  const isServer = new Uint8Array(facts.count);
  for (const { span } of servers) isServer[span] = 1;
  for (let span = 0; span < facts.count; span++) {
    if (isServer[span] === 1) {
      setParent(facts, span, { high: idHigh[span] as number, low: idLow[span] as number });
      continue;
    }
    const parent = ids.first(parentHigh[span] as number, parentLow[span] as number);
    const replaced = parent < 0 ? undefined : changes.get(parent);
    if (replaced !== undefined) setParent(facts, span, replaced);
  }
  for (const { span, id } of servers) {
    idHigh[span] = id.high;
    idLow[span] = id.low;
    facts.mark(span, MARK.newSpanId);
  }
  return true;
}

function setParent(facts: TraceFacts, span: number, { high, low }: NewId): void {
  facts.parentHigh[span] = high;
  facts.parentLow[span] = low;
  facts.mark(span, MARK.newParent);
}

function* freeIds(ids: SpanIdIndex): Generator<NewId, never> {
  // A trace has fewer spans than there are ids of 32 bits.
  for (let low = 1; ; low = (low + 1) | 0) if (ids.first(0, low) < 0) yield { high: 0, low };
}

function hasClient(facts: TraceFacts, ids: SpanIdIndex, first: number, cursor: KeyValueCursor): boolean {
  for (let span = first; span >= 0; span = ids.next(span)) {
    if (!facts.has(span, MARK.copy) && isKind(cursor, facts.spans[span] as EncodedSpan, CLIENT)) return true;
  }
  return false;
}

/** Whether the first tag `span.kind` has this value. */
function isKind(cursor: KeyValueCursor, span: EncodedSpan, kind: Uint8Array): boolean {
  cursor.openSpan(span, false);
  while (cursor.next()) if (cursor.hasKey(SPAN_KIND)) return cursor.hasStringValue(kind);
  return false;
}
