import { type KeyValue, SPAN_FLAGS, type Span } from "@spoor/span-model";
import { childOf, EXTREME_KEYS, EXTREME_TAGS, OPERATOR_TEXTS, SpanGenerator } from "@spoor/storage-testkit";

const SECOND_NS = 1_000_000_000n;
const HOUR_NS = 3600n * SECOND_NS;
export const DAY_NS = 24n * HOUR_NS;
const DAYS = 4;
const TRACES = 360;

/** Longer than what search servers index. */
export const LONG_TEXT = "long text, ".repeat(30);

export interface Corpus {
  readonly spans: readonly Span[];
  /** The spans as clients send them: in any order, some twice, the spans of a trace in several batches. */
  readonly batches: readonly (readonly Span[])[];
  /** Midnight at the end of the days that the spans are from. */
  readonly endNs: bigint;
}

/** Spans of several days before `nowMs`, the same for a seed but for the day. */
export function makeCorpus(seed: number, nowMs: number): Corpus {
  const endNs = BigInt(Math.floor(nowMs / 86_400_000)) * DAY_NS;
  const generator = new SpanGenerator(seed, { baseTimeNs: endNs - BigInt(DAYS) * DAY_NS, timePrecisionNs: 1000n });
  const maker = new TraceMaker(generator);
  const spans = [
    ...Array.from({ length: TRACES }, () => maker.everyday()).flat(),
    ...Array.from({ length: 8 }, () => maker.overDays()).flat(),
    ...maker.together(50),
    ...maker.atMidnight(endNs),
    ...maker.unusual(),
    ...Array.from({ length: 6 }, () => generator.sharedSpanIdTrace().spans).flat(),
  ];
  const { random } = generator;
  const again = spans.filter(() => random.chance(0.12));
  const mixed = random.shuffle([...spans, ...again]);
  const batches: Span[][] = [];
  while (mixed.length > 0) batches.push(mixed.splice(0, random.between(1, 80)));
  return { spans, batches, endNs };
}

class TraceMaker {
  readonly #generator: SpanGenerator;

  constructor(generator: SpanGenerator) {
    this.#generator = generator;
  }

  /** A trace as it comes every day; some of its spans fail, some have odd tags, few are not to be indexed. */
  everyday(): Span[] {
    const { random } = this.#generator;
    const start = this.#generator.time(DAYS * 86_400 - 3600);
    return this.#generator.trace({ startTimeNs: start }).map((span) => {
      const tags = [...span.tags, ...Array.from({ length: random.pick([0, 0, 1, 2]) }, () => this.#oddTag())];
      const failing = random.chance(0.15);
      return {
        ...span,
        flags: random.pick([0, 1, 1, 1, 3, ...(random.chance(0.3) ? [1 | SPAN_FLAGS.firehose] : [])]),
        // Some clients measure in nanoseconds.
        startTimeNs: span.startTimeNs + (random.chance(0.15) ? BigInt(random.between(1, 999)) : 0n),
        durationNs: random.chance(0.05) ? 0n : span.durationNs,
        tags: failing ? [...tags, { key: "error", type: "bool", value: true }] : tags,
        logs: failing ? [...span.logs, this.#failure(span.startTimeNs)] : span.logs,
      };
    });
  }

  /** A trace that lasts for days, with a part from a clock that is behind. */
  overDays(): Span[] {
    const { random } = this.#generator;
    const root = this.#generator.span({ durationNs: 26n * HOUR_NS, operationName: "nightly" });
    const parts = [-HOUR_NS, 2n * HOUR_NS, DAY_NS, 2n * DAY_NS].map((offset) =>
      this.#generator.span({
        traceId: root.traceId,
        references: [childOf(root)],
        startTimeNs: root.startTimeNs + offset + BigInt(random.between(0, 1000)) * 1000n,
      }),
    );
    return [root, ...parts];
  }

  /** Traces that start in the same microsecond. */
  together(count: number): Span[] {
    const startTimeNs = this.#generator.time(DAYS * 86_400 - 3600);
    const process = this.#generator.process(this.#generator.serviceName(1));
    return Array.from({ length: count }, () => this.#generator.span({ startTimeNs, process }));
  }

  /** Traces on both sides of midnights, a microsecond apart. */
  atMidnight(endNs: bigint): Span[] {
    return [1n, 2n].flatMap((days) =>
      [-1000n, 0n, 1000n].map((offset) =>
        this.#generator.span({ startTimeNs: endNs - days * DAY_NS + offset, operationName: "midnight" }),
      ),
    );
  }

  /** Names, keys and values that are long, empty, of another alphabet, or look like a query. */
  unusual(): Span[] {
    const { random } = this.#generator;
    const span = (given: Partial<Span>) =>
      this.#generator.span({ startTimeNs: this.#generator.time(DAYS * 86_400 - 3600), ...given });
    const text = (key: string, value: string): KeyValue => ({ key, type: "string", value });
    const long = [text("long", LONG_TEXT), text("json", '{"a":{"b":[1,2]}}')];
    return [
      ...Array.from({ length: 6 }, (_, i) => span({ tags: [...long, text("n", String(i))], logs: [] })),
      span({ tags: [], process: { serviceName: "svc-long-process", tags: long } }),
      span({ tags: [], logs: [{ timestampNs: span({}).startTimeNs, fields: long }] }),
      span({ operationName: LONG_TEXT }),
      ...OPERATOR_TEXTS.map((value) => span({ operationName: value, tags: [text("v", value), text(value, "v")] })),
      ...EXTREME_KEYS.map((key) => span({ tags: [text(key, random.pick(["a", "b"]))] })),
      ...["über", "сервис", "🦓", "A", "a"].map((name) =>
        span({ process: this.#generator.process(name), operationName: name }),
      ),
    ];
  }

  #oddTag(): KeyValue {
    const { random } = this.#generator;
    return random.chance(0.5)
      ? random.pick(EXTREME_TAGS)
      : { key: "v", type: "string", value: random.pick(OPERATOR_TEXTS) };
  }

  #failure(startTimeNs: bigint): Span["logs"][number] {
    return {
      timestampNs: startTimeNs + 5000n,
      fields: [
        { key: "event", type: "string", value: "error" },
        { key: "error.kind", type: "string", value: this.#generator.random.pick(["Timeout", "IOError"]) },
        { key: "attempt", type: "int64", value: BigInt(this.#generator.random.between(1, 3)) },
        { key: "final", type: "bool", value: this.#generator.random.chance(0.5) },
      ],
    };
  }
}
