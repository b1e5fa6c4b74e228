import { readFileSync } from "node:fs";
import { comparableSpans, recordedSpans, type V1Trace } from "@spoor/span-testkit";
import { decodeSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeAgentMessage } from "./agent-message.ts";
import { ThriftError } from "./errors.ts";
import { decodeJaegerBatch } from "./jaeger-batch.ts";

interface Recorded {
  readonly name: string;
  /** What a client sent to v1.67.0, in base64. */
  readonly request: string;
  /** What v1.67.0 answered when it refused it; UDP has no answers. */
  readonly error?: string;
  /** HTTP statuses of the traces read afterwards; 404 where v1 dropped the spans. */
  readonly status?: readonly number[];
  /** What v1.67.0 showed. */
  readonly traces: readonly V1Trace[];
}

type Entry = readonly [name: string, recorded: Recorded];

function load(name: string): readonly Entry[] {
  const url = new URL(`./fixtures/${name}.json`, import.meta.url);
  const cases: readonly Recorded[] = JSON.parse(readFileSync(url, "utf8"));
  return cases.map((recorded) => [recorded.name, recorded] as const);
}

/** Where we keep spans that v1 loses or cannot show again: it takes times before 1970 for times after year 9999. */
const BETTER = new Set(["start-times-odd", "start-int64-max", "float-nan", "float-inf"]);

/** A trace may come in several messages, of which the last holds the record of all. */
function spansUpTo(
  entries: readonly Entry[],
  name: string,
  decode: (bytes: Uint8Array) => readonly string[],
): string[] {
  const [base] = name.split(".part");
  return entries
    .filter(([other]) => other === name || other.startsWith(`${base}.part`))
    .flatMap(([, recorded]) => decode(Buffer.from(recorded.request, "base64")))
    .sort();
}

const comparable = (spans: Parameters<typeof decodeSpan>[0][]) => comparableSpans(spans.map(decodeSpan));

describe("batches recorded from clients of v1 over HTTP", () => {
  const entries = load("jaeger-thrift-http");

  it.each(entries.filter(([, { error }]) => error !== undefined))(
    "are refused with v1's words: %s",
    (_name, recorded) => {
      let message: string | undefined;
      try {
        decodeJaegerBatch(Buffer.from(recorded.request, "base64"));
      } catch (error) {
        message = error instanceof ThriftError ? error.message : undefined;
      }
      expect(message).toBe(recorded.error);
    },
  );

  const shown = entries.filter(
    ([name, { error, traces }]) => error === undefined && traces.length > 0 && !BETTER.has(name),
  );
  it.each(shown)("hold the spans that v1 shows: %s", (name, recorded) => {
    const spans = spansUpTo(entries, name, (bytes) => comparable(decodeJaegerBatch(bytes).spans));
    expect(spans).toEqual(recordedSpans(recorded.traces));
  });
});

describe.each([
  ["jaeger-thrift-udp-compact", "compact"],
  ["jaeger-thrift-udp-binary", "binary"],
  ["zipkin-thrift-udp", "compact"],
] as const)("datagrams recorded from clients of v1: %s", (file, protocol) => {
  const entries = load(file);

  it.each(entries.filter(([, { traces }]) => traces.length > 0))(
    "hold the spans that v1 shows: %s",
    (name, recorded) => {
      const spans = spansUpTo(entries, name, (bytes) => comparable(decodeAgentMessage(bytes, protocol).spans));
      expect(spans).toEqual(recordedSpans(recorded.traces));
    },
  );

  const dropped = entries.filter(([name, { status }]) => status?.every((code) => code === 404) && !BETTER.has(name));
  it.each(dropped)("are refused where v1 drops them: %s", (_name, recorded) => {
    expect(() => decodeAgentMessage(Buffer.from(recorded.request, "base64"), protocol)).toThrow(ThriftError);
  });
});
