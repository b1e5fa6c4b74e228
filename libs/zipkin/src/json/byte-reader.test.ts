import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZipkinError } from "../errors.ts";
import { DEFAULT_ZIPKIN_LIMITS } from "../limits.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, JsonByteReader, NULL, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./byte-reader.ts";

/** What the reader finds, as `JSON.parse` would give it. */
function parse(bytes: Uint8Array, limits = DEFAULT_ZIPKIN_LIMITS): unknown {
  const json = new JsonByteReader(bytes, limits);
  json.peek();
  const result = value(json);
  if (!json.atEnd()) throw new ZipkinError("MALFORMED", "more behind the value");
  return result;
}

function value(json: JsonByteReader): unknown {
  const byte = json.peek();
  if (byte === QUOTE) {
    json.string();
    return json.text();
  }
  if (byte === OPEN_ARRAY) {
    const items: unknown[] = [];
    if (json.enterArray())
      do items.push(value(json));
      while (json.more(CLOSE_ARRAY));
    return items;
  }
  if (byte === OPEN_OBJECT) {
    const members: [string, unknown][] = [];
    if (json.enterObject())
      do {
        json.name();
        const name = json.text();
        members.push([name, value(json)]);
      } while (json.more(CLOSE_OBJECT));
    return Object.fromEntries(members);
  }
  if (byte === 0x74 || byte === 0x66 || byte === NULL) {
    json.literal();
    return byte === NULL ? null : byte === 0x74;
  }
  return json.number();
}

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ZipkinError) return "refused";
    throw error;
  }
}

const wellFormed = (text: string) => text.toWellFormed();

describe("reading JSON from bytes", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.constant('"\\/\b\f\n\r\t\0'),
  );
  const json = fc.jsonValue({ stringUnit: "grapheme" }).map((item) => JSON.stringify(item));
  const spaced = fc.jsonValue().map((item) => `\r\n\t ${JSON.stringify(item, undefined, 3)} `);
  const piece = fc.constantFrom(
    ...'{}[],:"\\ 0123.-eEx'.split(""),
    "null",
    "true",
    "false",
    '"a"',
    '"\\u0041"',
    "\t",
    "é",
  );
  const broken = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

  it("takes and refuses what JSON.parse does, and finds the same values", () => {
    fc.assert(
      fc.property(fc.oneof(json, spaced, broken, broken), (source) => {
        const expected = outcome(() => JSON.parse(source));
        expect(outcome(() => parse(Buffer.from(source)))).toEqual(expected);
        expect(outcome(() => skip(Buffer.from(source)))).toEqual(
          expected === "refused" ? expected : { value: undefined },
        );
      }),
      { numRuns: 4000, seed: 21 },
    );
  });

  function skip(bytes: Uint8Array): void {
    const reader = new JsonByteReader(bytes, DEFAULT_ZIPKIN_LIMITS);
    reader.peek();
    reader.skip();
    if (!reader.atEnd()) throw new ZipkinError("MALFORMED", "more behind the value");
  }

  it("takes no longer and no shorter pieces of valid JSON", () => {
    const source = JSON.stringify([{ "k\n": 'a"b\\', n: -12.5e-3, t: [true, false, null, {}], big: 1795423020000369 }]);
    for (let i = 0; i < source.length; i++) {
      for (const changed of [source.slice(0, i), source.slice(0, i) + source.slice(i + 1), `${source}${source[i]}`]) {
        expect(outcome(() => parse(Buffer.from(changed)))).toEqual(outcome(() => JSON.parse(changed)));
      }
    }
  });

  it("reads texts with and without escapes, lone surrogates as U+FFFD", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
        const plain = JSON.stringify(texts);
        const escaped = plain.replace(/[a-z]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
        const expected = texts.map(wellFormed);
        expect(parse(Buffer.from(plain))).toEqual(expected);
        if (!plain.includes("\\")) expect(parse(Buffer.from(escaped))).toEqual(expected);
      }),
      { seed: 22 },
    );
    expect(parse(Buffer.from('["\\ud83d\\ude00","\\ud83d!"]'))).toEqual(["😀", "\ufffd!"]);
  });

  it("puts a U+FFFD in the place of each byte that is not UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('["a'), Buffer.from([0xe4, 0xb8, 0xff]), Buffer.from('b\\n","c"]')]);
    expect(parse(bytes)).toEqual(["a\ufffd\ufffd\ufffdb\n", "c"]);
  });

  it("leaves the message as it is and keeps the places of texts read before", () => {
    const bytes = Buffer.from('["plain","es\\u0063aped","plain"]');
    const before = Buffer.from(bytes);
    const reader = new JsonByteReader(bytes, DEFAULT_ZIPKIN_LIMITS);
    reader.peek();
    reader.enterArray();
    const places: [number, number][] = [];
    do {
      reader.string();
      places.push([reader.textStart, reader.textEnd]);
    } while (reader.more(CLOSE_ARRAY));
    const texts = places.map(([start, end]) => Buffer.from(reader.bytes.subarray(start, end)).toString());
    expect(texts).toEqual(["plain", "escaped", "plain"]);
    expect(bytes).toEqual(before);
  });

  it.each(["1", "0", "-0", "12345678901234567890", "9007199254740991", "9007199254740993", "1e3", "0.1", "-1.5E+2"])(
    "reads the number %s as JSON.parse does",
    (source) => {
      expect(parse(Buffer.from(`[${source}]`))).toEqual([JSON.parse(source)]);
    },
  );

  it("refuses more and deeper objects and arrays than allowed", () => {
    const limited = (source: string) => () =>
      parse(Buffer.from(source), { ...DEFAULT_ZIPKIN_LIMITS, maxNesting: 3, maxElements: 5 });
    expect(limited("[[[1]]]")()).toEqual([[[1]]]);
    expect(limited("[[[[1]]]]")).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    expect(limited("[[],{},[],{}]")()).toHaveLength(4);
    expect(limited("[[],{},[],{},[]]")).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  });
});
