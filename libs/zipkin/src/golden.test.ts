import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import { formatTraceId } from "@spoor/span-model";
import { comparableSpans, recordedSpans, type V1Trace } from "@spoor/span-testkit";
import { decodeSpan, readTraceId } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { zipkinDecoder } from "./decode.ts";
import { ZipkinError } from "./errors.ts";

interface Recorded {
  readonly name: string;
  readonly path: string;
  readonly contentType?: string;
  /** Base64. */
  readonly request: string;
  readonly encoding?: string;
  /** Absent where v1 closed the connection. */
  readonly status?: number;
  readonly reply?: string;
  readonly traces?: readonly { readonly id: string; readonly status: number; readonly trace: V1Trace | null }[];
}

function recorded(name: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as Recorded[];
}

function decode(example: Recorded) {
  const body = Buffer.from(example.request, "base64");
  const plain = example.encoding === undefined ? body : zlib.unzipSync(body);
  return zipkinDecoder(example.path, example.contentType)(plain, { nowUs: () => 1795423658987707 });
}

/** v1 keeps tags in a map, so that their order is open. */
const RECORDING = { anyTagOrder: true, withoutFormatTag: true };

function errorText(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ZipkinError);
    return (error as ZipkinError).message;
  }
  throw new Error("expected an error");
}

describe.each(["zipkin-v1-json-http", "zipkin-v1-thrift-http", "zipkin-v2-json-http", "zipkin-v2-proto-http"])(
  "what v1 made of recorded %s requests",
  (file) => {
    const examples = recorded(file);

    it.each(examples.filter(({ status }) => status === 202))("$name is decoded to the same trace", (example) => {
      const spans = decode(example);
      for (const { id, trace } of example.traces ?? []) {
        if (trace === null) continue;
        const own = spans.filter((span) => formatTraceId(readTraceId(span)) === id).map(decodeSpan);
        expect(comparableSpans(own, RECORDING)).toEqual(recordedSpans([trace], RECORDING));
      }
    });

    it.each(examples.filter(({ status }) => status === 400))("$name is refused with the same text", (example) => {
      expect(`${errorText(() => decode(example))}\n`).toBe(example.reply);
    });
  },
);

describe("bad Zipkin requests", () => {
  it.each(recorded("zipkin-errors"))("$name is answered as v1 does", (example) => {
    if (example.status === 202) expect(decode(example)).toEqual([]);
    // A reply to HEAD has no body.
    else if (example.reply === undefined) expect(errorText(() => decode(example))).not.toBe("");
    else expect(`${errorText(() => decode(example))}\n`).toBe(example.reply);
  });
});
