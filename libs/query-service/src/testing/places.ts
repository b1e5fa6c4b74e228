import type { KeyValue, Span } from "@spoor/span-model";
import { type EncodedSpan, encodeProcess, type KeyValuePlaces, SpanFields } from "@spoor/span-wire";
import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { plainProcess } from "../adjust/shown-processes.ts";

/** Tags in their encoded form. */
export function placesOf(tags: readonly KeyValue[]): KeyValuePlaces[] {
  return [...plainProcess(encodeProcess({ serviceName: "", tags })).tags];
}

export function decoded(tags: readonly KeyValuePlaces[]): KeyValue[] {
  return tags.map((tag) => tag.keyValue());
}

/** A span in its encoded form; whatever `given` names is taken as it is. */
export function fieldsOf(given: Partial<Span>): SpanFields {
  const [encoded] = batchOf([new SpanGenerator(1).span(given)]).spans;
  return new SpanFields().read(encoded as EncodedSpan);
}
