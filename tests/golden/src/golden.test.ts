import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

      for (const { name: title, skipReplay } of file.cases) {
        const id = `${file.file}#${title}`;
        if (skipReplay !== undefined || nondeterministic.has(id)) continue;
        const known = KNOWN_DIFFERENCES[id];
        if (known === undefined) it(`${title} is as v1 answered`, () => expect(found.get(title)).toEqual([]));
        else it(`${title} differs from v1 on purpose (${known})`, () => expect(found.get(title)).not.toEqual([]));
      }
    });
  }
});
