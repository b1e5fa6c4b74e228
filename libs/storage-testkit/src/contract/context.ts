import type { KeyValue, Span } from "@spoor/span-model";
import type { Storage } from "@spoor/storage-api";
import { type BatchOptions, batchesOf } from "../batches.ts";
import type { NaiveStore } from "../naive-store.ts";
import type { SpanGenerator } from "../span-generator.ts";

/** A store opened for one test. */
export interface StorageUnderTest {
  readonly storage: Storage;
  /** Closes the store and opens the same data again. Needed when it says `persistent`. */
  reopen?(): Promise<Storage>;
  /** Closes the store if it is open and removes what it wrote. */
  dispose(): Promise<void>;
}

/** How a store differs from the ideal without being wrong. */
export interface StorageTraits {
  /** Times are kept to this many nanoseconds. */
  readonly timePrecisionNs: bigint;
  /** Spans come back byte for byte the same, with unknown value types, warnings and all flags. */
  readonly exact: boolean;
  /** What a tag of a known type comes back as. */
  readonly storedTag: (tag: KeyValue) => KeyValue;
  /** Tag values up to this many characters are found by search. */
  readonly maxTagValueLength: number;
  /** Spans start around this time, nanoseconds since the epoch; stores with retention want a recent one. */
  readonly baseTimeNs: bigint | undefined;
  /** Spans years away from now can be stored and found. */
  readonly anyTime: boolean;
  /** How many generated queries are compared with the naive store. */
  readonly differentialQueries: number;
  /** Spans of the largest trace that is written. */
  readonly largeTraceSpans: number;
  /** And of a trace that no reader should want in memory. */
  readonly hugeTraceSpans: number;
}

export const DEFAULT_TRAITS: StorageTraits = {
  timePrecisionNs: 1n,
  exact: true,
  storedTag: (tag) => tag,
  maxTagValueLength: Number.POSITIVE_INFINITY,
  baseTimeNs: undefined,
  anyTime: true,
  differentialQueries: 300,
  largeTraceSpans: 10_008,
  hugeTraceSpans: 100_000,
};

/** What the tests of the contract share; `storage` and `generator` are new for each test. */
export interface ContractContext {
  readonly storage: Storage;
  readonly underTest: StorageUnderTest;
  readonly generator: SpanGenerator;
  readonly naive: NaiveStore;
  readonly traits: StorageTraits;
}

export const NO_TENANT = { tenant: "" } as const;

/** Writes the spans in `parts` batches, one after the other, to the store and to the naive one. */
export async function write(
  context: ContractContext,
  spans: readonly Span[],
  parts: number = 1,
  options: BatchOptions = {},
): Promise<void> {
  for (const batch of batchesOf(spans, parts, options)) await context.storage.writer.write(batch);
  context.naive.add(spans);
}
