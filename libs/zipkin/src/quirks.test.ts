import { readFileSync } from "node:fs";
import { comparableSpans } from "@spoor/span-testkit";
import { decodeSpan } from "@spoor/span-wire";
import { describe, expect, it } from "vitest";
import { decodeZipkinV1Json, decodeZipkinV1Thrift, decodeZipkinV2Json, decodeZipkinV2Protobuf } from "./decode.ts";

interface Quirk {
  readonly format: "V1Json" | "V1Thrift" | "V2Json" | "V2Protobuf";
  /** Base64. */
  readonly request: string;
  readonly spans?: readonly string[];
  readonly error?: string;
}

const DECODERS = {
  V1Json: decodeZipkinV1Json,
  V1Thrift: decodeZipkinV1Thrift,
  V2Json: decodeZipkinV2Json,
  V2Protobuf: decodeZipkinV2Protobuf,
};

/** Generated requests full of what translators look at, and the spans that come of them by way of a true OTLP request. */
const QUIRKS = JSON.parse(readFileSync(new URL("./fixtures/quirks.json", import.meta.url), "utf8")) as Quirk[];

describe.each(["V1Json", "V1Thrift", "V2Json", "V2Protobuf"] as const)("odd requests in the format %s", (format) => {
  const quirks = QUIRKS.filter((quirk) => quirk.format === format);

  it.each(quirks.map((quirk, i) => [i, quirk] as const))("give what two translations give: number %i", (_, quirk) => {
    const decode = () => DECODERS[format](Buffer.from(quirk.request, "base64"), { nowUs: () => 1795423658987707 });
    if (quirk.error !== undefined) expect(decode).toThrow(quirk.error);
    else expect(comparableSpans(decode().map(decodeSpan), { anyTagOrder: true })).toEqual(quirk.spans);
  });

  it("are many", () => {
    expect(quirks.length).toBeGreaterThan(30);
  });
});
