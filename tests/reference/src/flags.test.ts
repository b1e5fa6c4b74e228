import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { documentedFlags, type Flag, recordedFlags, recordings } from "./flag-table.ts";
import { DIFFERENCES_BY_REASON } from "./known-differences.ts";

/** v1's help, which the tables were read from, leaves out defaults that are a type's zero. */
const ZEROS: ReadonlySet<string> = new Set(["", "0", "false", "0s"]);

function describeDifference(recorded: Flag, ours: Flag | undefined): string | undefined {
  const { name } = recorded;
  if (ours === undefined) return `${name}: not there`;
  if (ours.type !== recorded.type) return `${name}: ${recorded.type} became ${ours.type}`;
  const isSame = ours.default === recorded.default || (recorded.default === "" && isZero(ours));
  return isSame ? undefined : `${name}: "${recorded.default}" became "${ours.default}"`;
}

function isZero({ type, default: value }: Flag): boolean {
  return type === "string" ? value === "" : ZEROS.has(value);
}

const known = Object.values(DIFFERENCES_BY_REASON).flat();
const seen = new Set<RegExp>();

describe.each(recordings())("flags of $file", ({ file, app, environment }) => {
  it("are all there, with v1's types and defaults", async () => {
    const ours = await documentedFlags(app, environment);
    const recorded = [...recordedFlags(file).values()];
    const differences = recorded.flatMap((flag) => describeDifference(flag, ours.get(flag.name)) ?? []);
    const unknown = differences.filter((difference) => {
      const matching = known.filter((pattern) => pattern.test(difference));
      for (const pattern of matching) seen.add(pattern);
      return matching.length === 0;
    });
    expect(recorded.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });
});

it("every difference listed is still one", () => {
  expect(known.filter((pattern) => !seen.has(pattern))).toEqual([]);
});

it("every reason is an entry of the document", () => {
  const document = readFileSync(new URL("../../../docs/reference/differences-from-v1.md", import.meta.url), "utf8");
  const entries = new Set([...document.matchAll(/^### (.+)$/gm)].map((match) => match[1]));
  expect(Object.keys(DIFFERENCES_BY_REASON).filter((reason) => !entries.has(reason))).toEqual([]);
});
