import { requireService, type ServiceName, SHARED_START_TIMEOUT_MS } from "@spoor/services";
import { decodeSpan } from "@spoor/span-wire";
import { type Storage, StorageError, type TraceQuery } from "@spoor/storage-api";
import { batchOf, queryText, spanText } from "@spoor/storage-testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCorpus } from "./corpus.ts";
import { type Answer, Expectation } from "./expectation.ts";
import { inParallel } from "./in-parallel.ts";
import { makeQuestions } from "./questions.ts";
import { type OpenStore, STORES, type StoreUnderTest } from "./stores.ts";

const SEED = Number(process.env.SPOOR_DIFFERENTIAL_SEED ?? "1");
const QUESTIONS = 500;
const AT_ONCE = 8;
const NO_TENANT = { tenant: "" } as const;

const corpus = makeCorpus(SEED, Date.now());
const questions = makeQuestions(SEED + 1, corpus, QUESTIONS);
/** Servers start while the stores that need none are tested. */
const opening = new Map<StoreUnderTest, Promise<OpenStore>>();

const services = new Set(STORES.flatMap(({ service }) => service ?? []));
/** Why a server cannot be started, for those that cannot. */
const missing = new Map<ServiceName, string>();
for (const service of services) {
  const { available, reason } = await requireService(service);
  if (!available) missing.set(service, reason);
}
const canRun = ({ service }: StoreUnderTest) => service === undefined || !missing.has(service);
const titleOf = (store: StoreUnderTest) =>
  canRun(store) ? store.name : `${store.name} (${missing.get(store.service as ServiceName)})`;

beforeAll(() => {
  for (const store of STORES.filter(canRun)) {
    const opened = store.open();
    // Whoever waits for it is told.
    opened.catch(() => undefined);
    opening.set(store, opened);
  }
});

for (const store of STORES) {
  describe.skipIf(!canRun(store))(`${titleOf(store)} answers as a plain loop over all spans does`, () => {
    const { capabilities } = store;
    const whole = new Expectation(corpus.spans, capabilities);
    /** The expectations that lack one capability each, to see that it is needed. */
    const without = new Map(
      capabilities.map((each) => [
        each,
        new Expectation(
          corpus.spans,
          capabilities.filter((other) => other !== each),
        ),
      ]),
    );
    const needed = new Set<string>();
    let opened: OpenStore | undefined;
    let storage: Storage;

    beforeAll(async () => {
      opened = await opening.get(store);
      if (opened === undefined) throw new Error(`${store.name} was not opened`);
      ({ storage } = opened);
      await inParallel(AT_ONCE, corpus.batches, (spans) => storage.writer.write(batchOf(spans)));
    }, SHARED_START_TIMEOUT_MS);
    afterAll(() => opened?.dispose(), 60_000);

    async function ask(query: TraceQuery): Promise<Answer> {
      try {
        return await storage.reader.findTraceIds(query, NO_TENANT);
      } catch (error) {
        if (error instanceof StorageError && error.code === "UNSUPPORTED_QUERY") return undefined;
        throw new Error(`${queryText(query)} failed`, { cause: error });
      }
    }

    test(`to ${QUESTIONS} questions`, async () => {
      const answers = await inParallel(AT_ONCE, questions, ask);
      const differences: string[] = [];
      let hits = 0;
      for (const [i, query] of questions.entries()) {
        const answer = answers[i];
        if (answer !== undefined && answer.traceIds.length > 0) hits++;
        const problem = whole.problem(query, answer);
        if (problem !== undefined) differences.push(`question ${i}: ${problem}\n    ${queryText(query)}`);
        for (const [capability, expectation] of without) {
          if (!needed.has(capability.name) && expectation.problem(query, answer) !== undefined)
            needed.add(capability.name);
        }
      }
      const count = `${differences.length} undeclared differences of ${store.name}, seed ${SEED}`;
      expect(differences.length === 0 ? "" : `${count}\n${differences.slice(0, 8).join("\n")}`).toBe("");
      expect(hits).toBeGreaterThan(QUESTIONS / 4);
    }, 120_000);

    test("with every span of every trace", async () => {
      const { traceIds } = whole;
      const differences: string[] = [];
      const read = new Set<string>();
      for await (const trace of storage.reader.getTraces(traceIds, NO_TENANT)) {
        read.add(trace.traceId);
        const texts = new Set(trace.spans.map((span) => spanText(decodeSpan(span))));
        const problem = setDifference(whole.trace(trace.traceId), texts);
        if (problem !== "") differences.push(`trace ${trace.traceId}:${problem}`);
        for (const [capability, expectation] of without) {
          if (setDifference(expectation.trace(trace.traceId), texts) !== "") needed.add(capability.name);
        }
      }
      const count = `${differences.length} traces of ${store.name} are not as they were written`;
      expect(differences.length === 0 ? "" : `${count}\n${differences.slice(0, 4).join("\n")}`).toBe("");
      expect(traceIds.filter((id) => !read.has(id))).toEqual([]);
    }, 60_000);

    test("with the services and their operations", async () => {
      expect(await storage.reader.getServices(NO_TENANT)).toEqual(whole.services());
      for (const serviceName of whole.services()) {
        const operations = await storage.reader.getOperations({ serviceName }, NO_TENANT);
        expect([serviceName, operations]).toEqual([serviceName, whole.operations(serviceName)]);
        const servers = await storage.reader.getOperations({ serviceName, spanKind: "server" }, NO_TENANT);
        expect([serviceName, servers]).toEqual([serviceName, whole.operations(serviceName, "server")]);
      }
    });

    if (capabilities.length > 0)
      test("but for what it declares, each of which occurs", () => {
        expect([...needed].sort()).toEqual(capabilities.map(({ name }) => name).sort());
      });
  });
}

function setDifference(expected: ReadonlySet<string>, given: ReadonlySet<string>): string {
  const missing = [...expected].filter((text) => !given.has(text));
  const extra = [...given].filter((text) => !expected.has(text));
  const show = (name: string, texts: readonly string[]) =>
    texts.length === 0 ? "" : `\n    ${name} ${texts[0]?.slice(0, 2000)}`;
  return show("missing", missing) + show("extra", extra);
}
