import type { TraceQuery } from "@spoor/storage-api";
import { generateQuery, Random, searchableTags } from "@spoor/storage-testkit";
import { type Corpus, DAY_NS, LONG_TEXT } from "./corpus.ts";

const HOUR_NS = 3_600_000_000_000n;

/** Questions that mostly hit, of every kind the interfaces know: the same for a seed. */
export function makeQuestions(seed: number, corpus: Corpus, count: number): readonly TraceQuery[] {
  const random = new Random(seed);
  const { spans } = corpus;
  const failing = spans.filter((span) => span.tags.some((tag) => tag.key === "error"));
  const long = spans.filter((span) =>
    searchableTags(span).some((tag) => tag.type === "string" && tag.value === LONG_TEXT),
  );
  const unusual = spans.filter((span) => span.operationName === LONG_TEXT || span.tags.some((tag) => tag.key === "v"));
  return Array.from({ length: count }, () => {
    const models = random.pick([spans, spans, spans, failing, unusual, long]);
    const asked = generateQuery(random, models);
    return random.chance(0.4) ? { ...asked, ...window(random, corpus) } : asked;
  });
}

/** Whole days, hours within one, or bounds between two microseconds. */
function window(random: Random, { spans, endNs }: Corpus): Pick<TraceQuery, "startTimeMinNs" | "startTimeMaxNs"> {
  const from = endNs - BigInt(random.between(1, 5)) * DAY_NS;
  switch (random.between(0, 2)) {
    case 0:
      return { startTimeMinNs: from, startTimeMaxNs: from + BigInt(random.between(1, 3)) * DAY_NS };
    case 1: {
      const start = from + BigInt(random.between(0, 20)) * HOUR_NS;
      return { startTimeMinNs: start, startTimeMaxNs: start + BigInt(random.between(1, 12)) * HOUR_NS };
    }
    default: {
      const { startTimeNs } = random.pick(spans);
      const near = startTimeNs - (startTimeNs % 1000n) + BigInt(random.between(1, 999));
      return random.chance(0.5)
        ? { startTimeMinNs: near, startTimeMaxNs: endNs }
        : { startTimeMinNs: endNs - 6n * DAY_NS, startTimeMaxNs: near };
    }
  }
}
