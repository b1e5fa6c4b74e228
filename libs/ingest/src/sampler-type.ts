import { type EncodedSpan, KeyValueCursor } from "@spoor/span-wire";

/** v1's values of the label `sampler_type`, from the tag `sampler.type` of a root span. */
export const SAMPLER_TYPES = ["unrecognized", "probabilistic", "lowerbound", "ratelimiting", "const"] as const;

const KEY = new TextEncoder().encode("sampler.type");

/** Reads the sampler type of spans; one object serves any number. */
export class SamplerTypeReader {
  readonly #cursor = new KeyValueCursor();

  /** An index into {@link SAMPLER_TYPES}. */
  read(span: EncodedSpan): number {
    const cursor = this.#cursor;
    cursor.openSpan(span, false);
    while (cursor.next()) {
      if (!cursor.hasKey(KEY)) continue;
      return Math.max(0, (SAMPLER_TYPES as readonly string[]).indexOf(cursor.valueText()));
    }
    return 0;
  }
}
