import { encodeOtlpJson } from "@spoor/otlp";
import type { Span } from "@spoor/span-model";
import { spanGroups } from "./span-groups.ts";

const OPENING = '{"resourceSpans":[';
const CLOSING = "]}";

/**
 * Traces as v3's REST reply, `{"result":{"resourceSpans":[…]}}`, in pieces. All traces are merged; a resource comes again when
 * its spans are far apart.
 */
export async function* otlpResult(
  traces: AsyncIterable<{ spans(): Iterable<Span> }> | Iterable<{ spans(): Iterable<Span> }>,
): AsyncGenerator<string, void, undefined> {
  let separator = `{"result":${OPENING}`;
  for await (const trace of traces) {
    for (const group of spanGroups(trace.spans())) {
      yield separator + encodeOtlpJson(group).slice(OPENING.length, -CLOSING.length);
      separator = ",";
    }
  }
  // Without a span OTLP/JSON leaves resourceSpans out.
  yield separator === "," ? `${CLOSING}}` : '{"result":{}}';
}
