import { EncodedSpan } from "@spoor/span-wire";
import { batchOf, SpanGenerator } from "@spoor/storage-testkit";
import { describe, expect, it } from "vitest";
import type { Cluster, ClusterRequest, ClusterResponse } from "../cluster/cluster.ts";
import { TagFields } from "../document/tag-fields.ts";
import { IndexNames } from "../indices/index-names.ts";
import { type ElasticsearchStorageOptions, withDefaults } from "../options.ts";
import { Refresher } from "../read/refresher.ts";
import { DocumentWriter } from "./document-writer.ts";

interface Line {
  readonly create: { readonly _index: string; readonly _id: string };
}
type Outcome = { readonly status: number; readonly error?: { readonly type: string; readonly reason: string } };
/** What the server says to each document of a request, or to the whole request. */
type Answer = (ids: readonly string[], attempt: number) => readonly Outcome[] | { readonly whole: number };

const OK: Outcome = { status: 201 };
const FULL: Outcome = { status: 429, error: { type: "es_rejected_execution_exception", reason: "queue is full" } };
const BAD: Outcome = { status: 400, error: { type: "mapper_parsing_exception", reason: "no such number" } };

/** A server that answers bulks as it is told and remembers what it took. */
function server(answer: Answer) {
  const requests: (readonly string[])[] = [];
  const stored: string[] = [];
  const request = async ({ path, body }: ClusterRequest): Promise<ClusterResponse> => {
    if (path !== "/_bulk") return { status: 200, body: {} };
    const lines = String(body).trim().split("\n");
    const ids = lines.filter((_, i) => i % 2 === 0).map((line) => (JSON.parse(line) as Line).create._id);
    requests.push(ids);
    const outcome = answer(ids, requests.length);
    if ("whole" in outcome) return { status: outcome.whole, body: { error: { type: "t", reason: "whole" } } };
    outcome.forEach(({ status }, i) => {
      if (status === 201) stored.push(ids[i] ?? "");
    });
    return { status: 200, body: { items: outcome.map((create) => ({ create })) } };
  };
  const cluster: Cluster = { flavour: "elasticsearch", version: "9.0.0", major: 9, request, close: async () => {} };
  const writer = (given: ElasticsearchStorageOptions = {}) => {
    const options = withDefaults({ bulk: { flushIntervalMs: 0 }, retryTimeoutMs: 2_000, ...given });
    const names = new IndexNames(options);
    return new DocumentWriter(
      cluster,
      options,
      names,
      new TagFields(options.tagsAsFields),
      new Refresher(cluster, options, ""),
      undefined,
    );
  };
  return { requests, stored, writer };
}

describe("bulk writes", () => {
  const generator = new SpanGenerator(9);
  // One service and operation: one document more for all spans.
  const spans = (count: number) =>
    Array.from({ length: count }, () =>
      generator.span({ operationName: "op", tags: [], process: { serviceName: "s", tags: [] } }),
    );

  it("resolve when every document is stored", async () => {
    const { requests, stored, writer } = server((ids) => ids.map(() => OK));
    await writer().write(batchOf(spans(3)));
    expect(requests).toHaveLength(1);
    expect(new Set(stored).size).toBe(4);
  });

  it("send again only what the server had no room for", async () => {
    const { requests, stored, writer } = server((ids, attempt) =>
      ids.map((_, i) => (attempt === 1 && i < 2 ? FULL : OK)),
    );
    await writer().write(batchOf(spans(4)));
    expect(requests.map((ids) => ids.length)).toEqual([5, 2]);
    expect(new Set(stored).size).toBe(5);
  });

  it("give up after a while with an error that asks to come back", async () => {
    const { writer } = server((ids) => ids.map(() => FULL));
    await expect(writer({ retryTimeoutMs: 60 }).write(batchOf(spans(1)))).rejects.toMatchObject({
      code: "OVERLOADED",
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
  });

  it("tell only the writes whose document is refused", async () => {
    const poisoned = spans(1);
    const { writer } = server((ids) => ids.map((_, i) => (i === 2 ? BAD : OK)));
    const store = writer({ bulk: { flushIntervalMs: 20 } });
    // The first write's span and operation are documents 0 and 1.
    const results = await Promise.allSettled([spans(1), poisoned, spans(1)].map((each) => store.write(batchOf(each))));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({
      reason: { code: "REJECTED", message: expect.stringContaining("no such number") },
    });
  });

  it("refuse a span that cannot be read, and store the others of its batch and of other batches", async () => {
    const { stored, writer } = server((ids) => ids.map(() => OK));
    const store = writer({ bulk: { flushIntervalMs: 20 } });
    const good = batchOf(spans(3));
    const { process } = good.spans[0] as EncodedSpan;
    // Shorter than its field says.
    const broken = new EncodedSpan(Uint8Array.of(0x0a, 0x10, 1, 2, 3), 0, 5, process, 2, 0, true);
    const mixed = store.write({ ...good, spans: [...good.spans.slice(0, 2), broken, ...good.spans.slice(2)] });
    const other = store.write(batchOf(spans(2)));
    await expect(mixed).rejects.toThrow("span cannot be read: unexpected EOF");
    await other;
    expect(new Set(stored).size).toBe(3 + 2 + 1);
    await store.close();
  });

  it("take a document that is there already for stored", async () => {
    const { requests, writer } = server((ids) => ids.map(() => ({ status: 409 })));
    await writer().write(batchOf(spans(2)));
    expect(requests).toHaveLength(1);
  });

  it("are cut in halves when they are too large for the server", async () => {
    const { requests, stored, writer } = server((ids) => (ids.length > 2 ? { whole: 413 } : ids.map(() => OK)));
    await writer().write(batchOf(spans(7)));
    expect(requests[0]).toHaveLength(8);
    expect(new Set(stored).size).toBe(8);
  });

  it("one document that is too large for the server is refused, the others are stored", async () => {
    let huge = "";
    const { stored, writer } = server((ids) => {
      huge = huge === "" ? (ids[0] ?? "") : huge;
      return ids.includes(huge) ? { whole: 413 } : ids.map(() => OK);
    });
    await expect(writer().write(batchOf(spans(5)))).rejects.toMatchObject({ code: "REJECTED" });
    expect(new Set(stored).size).toBe(5);
  });

  it("write the name of an operation once an index, and again after its document failed", async () => {
    let names = 0;
    const { writer } = server((ids) =>
      ids.map((id) => {
        if (id.length === 21) return OK;
        return ++names === 1 ? BAD : OK;
      }),
    );
    const store = writer();
    await expect(store.write(batchOf(spans(1)))).rejects.toMatchObject({ code: "REJECTED" });
    for (let i = 0; i < 3; i++) await store.write(batchOf(spans(1)));
    expect(names).toBe(2);
  });

  it("have ids that follow from the content", async () => {
    const { requests, writer } = server((ids) => ids.map(() => OK));
    const [span] = spans(1);
    if (span === undefined) return;
    const store = writer();
    await store.write(batchOf([span]));
    await store.write(batchOf([span]));
    await store.write(batchOf([{ ...span, durationNs: span.durationNs + 1000n }]));
    const [first, second, third] = requests.map((ids) => ids[0]);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(first?.slice(0, 5)).toBe(third?.slice(0, 5));
  });

  it("are finished before the store is closed, and refused afterwards", async () => {
    const { stored, writer } = server((ids) => ids.map(() => OK));
    const store = writer({ bulk: { flushIntervalMs: 60_000 } });
    const written = store.write(batchOf(spans(3)));
    await store.close();
    await written;
    expect(stored).toHaveLength(4);
    await expect(store.write(batchOf(spans(1)))).rejects.toMatchObject({ code: "CLOSED" });
  });
});
