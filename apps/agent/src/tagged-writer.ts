import type { Tag } from "@spoor/daemon";
import type { KeyValue } from "@spoor/span-model";
import { decodeProcess, type EncodedProcess, EncodedSpan, encodeProcess } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";

/** Adds the agent's tags behind those of every process; v1 does not look whether they are there already. */
export function taggedWriter(writer: SpanWriter, tags: readonly Tag[]): SpanWriter {
  if (tags.length === 0) return writer;
  const added: readonly KeyValue[] = tags.map(({ key, value }) => ({ key, type: "string", value }));
  // The same process comes again and again as the same object.
  const tagged = new WeakMap<EncodedProcess, EncodedProcess>();
  return {
    write(batch, options) {
      const spans = batch.spans.map((span) => {
        let process = tagged.get(span.process);
        if (process === undefined) {
          const { serviceName, tags: own } = decodeProcess(span.process);
          process = encodeProcess({ serviceName, tags: [...own, ...added] });
          tagged.set(span.process, process);
        }
        return new EncodedSpan(span.buffer, span.start, span.end, process, span.traceIdStart, span.flags, span.isRoot);
      });
      return writer.write({ ...batch, spans }, options);
    },
  };
}
