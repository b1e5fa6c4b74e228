import { setTimeout as sleep } from "node:timers/promises";
import { decodeSpan, type SpanBatch, scanSpan, wholeSpan } from "@spoor/span-wire";
import { type SpanWriter, StorageError } from "@spoor/storage-api";
import { type SpanGenerator, spanText } from "@spoor/storage-testkit";

export type Trace = ReturnType<SpanGenerator["trace"]>;

/** Keeps what is written, as text, and how often; can be away, and refuse spans. */
export class TextStore implements SpanWriter {
  readonly texts = new Map<string, number>();
  isAway = false;
  refuses: (text: string) => boolean = () => false;
  delayMs = 0;

  async write({ spans, commonFields }: SpanBatch): Promise<void> {
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (this.isAway) throw new StorageError("UNAVAILABLE", "the store is away");
    const texts = spans.map((span) => spanText(decodeSpan(scanSpan(wholeSpan(span, commonFields)))));
    if (texts.some(this.refuses)) throw new StorageError("REJECTED", "a span is refused");
    for (const text of texts) this.texts.set(text, (this.texts.get(text) ?? 0) + 1);
  }

  hasAll(traces: readonly Trace[]): boolean {
    return traces.every((trace) => trace.every((span) => this.texts.has(spanText(span))));
  }
}
