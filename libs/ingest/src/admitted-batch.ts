import type { EncodedSpan } from "@spoor/span-wire";
import type { WriteOptions } from "@spoor/storage-api";

/** A batch that was counted as received and is in flight until it is settled. */
export interface AdmittedBatch {
  /** What is to be stored, ready for the store; none when downsampling drops them all. */
  readonly spans: readonly EncodedSpan[];
  /** Gives the store these of {@link spans}; may be repeated. Rejects as the store does, and counts nothing. */
  write(spans: readonly EncodedSpan[], options?: WriteOptions): Promise<void>;
  /** Its end, to be told once: these of {@link spans} were refused, for this reason; all others are stored. */
  settle(refused: readonly EncodedSpan[], error?: unknown): void;
}

/** All but the refused ones. */
export function storedOf(spans: readonly EncodedSpan[], refused: readonly EncodedSpan[]): readonly EncodedSpan[] {
  if (refused.length === 0) return spans;
  if (refused.length === spans.length) return [];
  const isRefused = new Set(refused);
  return spans.filter((span) => !isRefused.has(span));
}
