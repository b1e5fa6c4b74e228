import { afterAll, beforeAll, describe, it } from "vitest";
import { loadCorpus, loadNondeterministic, loadProfiles } from "./corpus.ts";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { type RunningProfile, replay, startProfile } from "./replay.ts";

const profiles = loadProfiles();
const nondeterministic = loadNondeterministic();
const corpus = loadCorpus();

describe.each(Object.entries(profiles))("profile %s", (name, profile) => {
  let running: RunningProfile;

  beforeAll(async () => {
    running = await startProfile(profile);
  });
  afterAll(() => running?.stop());

  for (const file of corpus.filter((item) => item.profile === name)) {
    describe(file.file, () => {
      let found: ReadonlyMap<string, readonly string[]>;

      beforeAll(async () => {
        found = await replay(file, running.ports);
      }, 180_000);

      /** A test framework's own comparison would cut the lines that say where the answers differ. */
      function expectSame(title: string): void {
        const lines = found.get(title);
        if (lines === undefined || lines.length > 0) throw new Error(`differs from v1:\n${lines?.join("\n")}`);
      }

      function expectDifferent(title: string): void {
        if (found.get(title)?.length === 0)
          throw new Error("the same as v1 now: take it from known-differences.ts and from the document");
      }

      for (const { name: title, skipReplay } of file.cases) {
        const id = `${file.file}#${title}`;
        if (skipReplay !== undefined || nondeterministic.has(id)) continue;
        const known = KNOWN_DIFFERENCES.get(id);
        if (known === undefined) it(`${title} is as v1 answered`, () => expectSame(title));
        else it(`${title} differs from v1 on purpose (${known})`, () => expectDifferent(title));
      }
    });
  }
});
