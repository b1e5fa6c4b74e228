import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadCorpus } from "./corpus.ts";
import { DIFFERENCES_BY_REASON, KNOWN_DIFFERENCES } from "./known-differences.ts";

it("every reason is an entry of the document", () => {
  const document = readFileSync(new URL("../../../docs/reference/differences-from-v1.md", import.meta.url), "utf8");
  const entries = new Set([...document.matchAll(/^### (.+)$/gm)].map((match) => match[1]));
  expect(Object.keys(DIFFERENCES_BY_REASON).filter((reason) => !entries.has(reason))).toEqual([]);
});

it("every case listed was recorded", () => {
  const recorded = new Set(loadCorpus().flatMap((file) => file.cases.map((item) => `${file.file}#${item.name}`)));
  expect([...KNOWN_DIFFERENCES.keys()].filter((id) => !recorded.has(id))).toEqual([]);
});
