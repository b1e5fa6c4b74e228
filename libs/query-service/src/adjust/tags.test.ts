import type { KeyValue } from "@spoor/span-model";
import type { KeyValuePlaces } from "@spoor/span-wire";
import { EXTREME_TAGS, Random } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import { decoded, placesOf } from "../testing/places.ts";
import { compareTags, sortTags } from "./compare-tags.ts";
import { adjustIpTags } from "./ip-tags.ts";
import { takeLibraryTags } from "./otel-tags.ts";
import { sortLogFields } from "./sort-log-fields.ts";

const text = (key: string, value: string): KeyValue => ({ key, type: "string", value });

/** The tags after a change made to their encoded form. */
function after<T>(change: (tags: KeyValuePlaces[]) => T, tags: readonly KeyValue[]): KeyValue[] {
  const places = placesOf(tags);
  change(places);
  return decoded(places);
}

describe("the order of tags", () => {
  it("is by key, then type, then value", () => {
    const tags: KeyValue[] = [
      { key: "b", type: "binary", value: Uint8Array.of(1) },
      { key: "b", type: "float64", value: 1 },
      { key: "b", type: "int64", value: 2n },
      { key: "b", type: "int64", value: -1n },
      { key: "b", type: "bool", value: true },
      { key: "b", type: "bool", value: false },
      text("b", "z"),
      text("b", "a"),
      text("a", "z"),
      text("B", "z"),
    ];
    expect(after(sortTags, tags)).toEqual([...tags].reverse());
  });

  it("is that of UTF-8 bytes", () => {
    const keys = [text("\u{1f993}", ""), text("\uffee", ""), text("\u00e9", "")];
    expect(after(sortTags, keys).map((tag) => tag.key)).toEqual(["\u00e9", "\uffee", "\u{1f993}"]);
  });

  it("does not depend on the order before, whatever the number of tags", () => {
    const random = new Random(9);
    for (const count of [2, 5, 24, 25, EXTREME_TAGS.length]) {
      const tags = [...EXTREME_TAGS, ...EXTREME_TAGS].slice(0, count);
      expect(after(sortTags, random.shuffle(tags))).toEqual(decoded(placesOf(tags).sort(compareTags)));
    }
  });
});

describe("fields of a log", () => {
  it("begin with the event, the rest sorted", () => {
    const fields = [text("z", "1"), text("event", "b"), text("a", "1"), text("event", "a")];
    expect(after(sortLogFields, fields)).toEqual([
      text("event", "b"),
      text("a", "1"),
      text("event", "a"),
      text("z", "1"),
    ]);
  });

  it("do not begin with an event that is no string", () => {
    const event: KeyValue = { key: "event", type: "bool", value: true };
    expect(after(sortLogFields, [event, text("a", "")])).toEqual([text("a", ""), event]);
  });
});

describe("addresses as numbers", () => {
  it("become text", () => {
    expect(
      after(adjustIpTags, [
        { key: "ip", type: "int64", value: 167772161n },
        { key: "peer.ipv4", type: "int64", value: -1n },
        { key: "peer.ipv4", type: "float64", value: 134744072 },
      ]),
    ).toEqual([text("ip", "10.0.0.1"), text("peer.ipv4", "255.255.255.255"), text("peer.ipv4", "8.8.8.8")]);
  });

  it("are left alone under other keys and in other types", () => {
    const tags: KeyValue[] = [text("ip", "x"), { key: "peer.port", type: "int64", value: 80n }];
    expect(after(adjustIpTags, tags)).toEqual(tags);
  });
});

describe("library tags", () => {
  it("are taken out", () => {
    const name = text("telemetry.sdk.name", "otel");
    const tags = placesOf([text("a", ""), name, text("telemetry.sdk", "x")]);
    expect(decoded(takeLibraryTags(tags))).toEqual([name]);
    expect(decoded(tags)).toEqual([text("a", ""), text("telemetry.sdk", "x")]);
  });
});
