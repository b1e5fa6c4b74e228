import type { Span } from "@spoor/span-model";

/** Decoded spans held at once; with usual spans well below the 4 MiB that gRPC clients take as one message. */
const SPANS_A_GROUP = 1_000;

/** Spans in groups, so that a trace of any size is converted and sent bit by bit. No span, no group. */
export function* spanGroups(spans: Iterable<Span>): Generator<readonly Span[], void, undefined> {
  let group: Span[] = [];
  for (const span of spans) {
    group.push(span);
    if (group.length < SPANS_A_GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
