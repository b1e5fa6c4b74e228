/**
 * Spans of one flush as they cross the thread border and stand in the journal.
 *
 * `processes` is a run of entries `u32 tenantLength, u32 processLength, tenant, process`, little-endian; a length of
 * {@link NO_PROCESS_LENGTH} stands for "no process at all". `meta` has {@link META_WORDS} words a span:
 * length in `bytes`, flags, index of its entry in `processes`, and twice the offset of the trace id plus one for a root.
 * `bytes` holds the spans one after the other, each with the batch's common fields behind it.
 */
export interface PackedSpans {
  readonly processes: Uint8Array;
  readonly meta: Uint32Array;
  readonly bytes: Uint8Array;
  readonly spanCount: number;
}

export const META_WORDS = 4;
export const NO_PROCESS_LENGTH = 0xffffffff;
