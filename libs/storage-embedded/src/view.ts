import { hexOf, type TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "@spoor/span-wire";
import type { Block } from "./block.ts";
import { hashText, SEED } from "./hash.ts";
import { type Memtable, traceKeyHash } from "./memtable.ts";
import type { Slice } from "./slice.ts";
import type { TraceFilter } from "./trace-filter.ts";

/** A slice and its blocks as readers see them. */
export interface SliceView {
  readonly slice: Slice;
  readonly blocks: readonly Block[];
  /** `undefined` when there is no memory for it. */
  readonly filter: TraceFilter | undefined;
}

/** Everything readable at one moment; a read keeps to the view it began with. */
export interface View {
  /** Oldest first. */
  readonly slices: readonly SliceView[];
  /** Oldest first: the one that is becoming a block, then the one that takes spans. */
  readonly memtables: readonly Memtable[];
}

/** Told what a read could not look at; the read goes on without it. */
export type ReadProblem = (slice: Slice, error: unknown) => void;

/** A trace's spans in one place. */
export type Piece =
  | { readonly memtable: Memtable; readonly trace: number }
  | { readonly block: Block; readonly first: number; readonly count: number };

export interface TraceKey {
  readonly tenant: string;
  readonly id: Uint8Array;
  readonly hash: number;
}

export function traceKey(tenant: string, traceId: TraceId): TraceKey {
  const id = Buffer.from(traceId, "hex");
  return { tenant, id, hash: traceKeyHash(id, 0, hashText(tenant, SEED.tenant)) };
}

export function traceIdOf(span: EncodedSpan): TraceId {
  return hexOf(span.buffer, span.traceIdStart, 16);
}

/** Where a trace's spans are, oldest blocks first. */
export function locateTrace(view: View, key: TraceKey, onProblem: ReadProblem): Piece[] {
  const pieces: Piece[] = [];
  for (const { slice, blocks, filter } of view.slices) {
    if (filter !== undefined && !filter.has(key.hash)) continue;
    for (const block of blocks) {
      // With hundreds of blocks this is where the time goes: nearly all answer here.
      if (block.hints?.mayHave(key.hash) === false) continue;
      try {
        for (const { first, count } of block.findTrace(key.hash)) {
          if (isTrace(block, first, key)) pieces.push({ block, first, count });
        }
      } catch (error) {
        onProblem(slice, error);
      }
    }
  }
  for (const memtable of view.memtables) {
    const trace = memtable.findTrace(key.hash, key.id, key.tenant);
    if (trace >= 0) pieces.push({ memtable, trace });
  }
  return pieces;
}

function isTrace(block: Block, ordinal: number, key: TraceKey): boolean {
  const span = block.span(ordinal);
  for (let i = 0; i < 16; i++) if (span.buffer[span.traceIdStart + i] !== key.id[i]) return false;
  const { tenants } = block.header;
  if (tenants.length === 1) return tenants[0] === key.tenant;
  return block.process(block.processNumber(ordinal)).tenant === key.tenant;
}

/** The spans of a piece, read as they are asked for. */
export function* spansOf(piece: Piece): Iterable<EncodedSpan> {
  if ("block" in piece) {
    for (let i = 0; i < piece.count; i++) yield piece.block.span(piece.first + i);
    return;
  }
  const { memtable, trace } = piece;
  for (let i = memtable.traceFirst[trace] as number; i >= 0; i = memtable.nextInTrace[i] as number)
    yield memtable.span(i);
}
