import { writeRecordedInput } from "@spoor/ingest-testkit";
import { formatTraceId, type KeyValue, parseTraceId, type Span } from "@spoor/span-model";
import type { TraceQuery } from "@spoor/storage-api";
import { query, readTrace } from "@spoor/storage-testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { parseExactJson } from "../document/exact-json.ts";
import type { ElasticsearchStorageOptions } from "../options.ts";
import { fixture, type RecordedDocument, type RecordedSearch } from "./recorded.ts";
import { type CurrentServer, clear, documents, http, open, stableText } from "./server.ts";

/** v1 makes an index for whatever time a span has. */
const AS_V1 = { maxStartAgeMs: 0, maxStartAheadMs: 0, countDependencies: false } as const;
/** Far enough back for what was recorded. */
const YEARS_MS = 100 * 365 * 86_400_000;
const NOBODY = { tenant: "" };

const CONFIGURATIONS: Readonly<Record<string, ElasticsearchStorageOptions>> = {
  default: {},
  "tags-as-fields-all": { tagsAsFields: { all: true, include: [], dotReplacement: "@" } },
  "tags-as-fields-include": {
    tagsAsFields: { all: false, include: ["http.method", "span.kind", "hostname", "mixed"], dotReplacement: "_" },
  },
  "prefix-separator-hour": { indexPrefix: "prod", dateSeparator: ".", spanFrequency: "hour" },
  "include-and-frequency-services": { serviceFrequency: "hour", dateSeparator: "" },
};

/** Spans that v1 lost, since the server refused their documents. */
const LOST_BY_V1 = ["flags-uint32max", "dur-neg"];
/** With tags as fields: the same, a document with an empty field name; and those of which v1 dropped or renamed tags. */
const OTHER_WITH_FIELDS = ["duplicates", "key-shapes"];

/**
 * Searches that v1 answers otherwise: values with a meaning as patterns, bounds of time rounded to milliseconds, and a search at the epoch,
 * where its paging ends below zero.
 */
const NOT_EXACT_IN_V1 =
  /regex|escaped|literal|url value|1e\+21$|JSON value|JSON array value|window|short window|epoch span|limit (?:0|negative)/;

/** Documents and answers against those of v1.67.0. */
export function recordedSuite(server: CurrentServer): void {
  describe.each(Object.entries(CONFIGURATIONS))("what v1 was sent, written with %s", (name, options) => {
    let ours: RecordedDocument[] = [];
    const theirs = fixture(`v1-documents-${name}`) as RecordedDocument[];
    const spanTexts = (all: readonly RecordedDocument[], but: readonly string[]) =>
      all
        .filter(({ _index }) => _index.includes("jaeger-span-"))
        .filter(({ _source }) => !but.includes(String(_source.operationName)))
        .map(({ _index, _source }) => stableText([_index, _source]))
        .sort();

    beforeAll(async () => {
      await clear(server());
      const storage = await open(server(), { ...AS_V1, ...options });
      await writeRecordedInput(storage.writer);
      await storage.close();
      ours = await documents(server());
    });

    it("is v1's documents of spans, field by field, in v1's indices", () => {
      const other = name.startsWith("tags-as-fields") ? [...LOST_BY_V1, ...OTHER_WITH_FIELDS] : LOST_BY_V1;
      expect(spanTexts(ours, other)).toEqual(spanTexts(theirs, other));
    });

    it("has the spans that v1 lost", () => {
      for (const operation of LOST_BY_V1) {
        expect(ours.filter(({ _source }) => _source.operationName === operation && "traceID" in _source)).toHaveLength(
          1,
        );
      }
    });

    it("is v1's documents of operations, with the span kind beside the names where there is one", () => {
      const names = (all: readonly RecordedDocument[]) => {
        const services = all.filter(({ _index }) => _index.includes("jaeger-service-"));
        return new Set(
          services.map(({ _index, _source }) => `${_index} ${_source.serviceName} ${_source.operationName}`),
        );
      };
      expect([...names(ours)]).toEqual(expect.arrayContaining([...names(theirs)]));
      // v1 remembers an operation for all days together, so that the next day's index lacks it.
      const elsewhere = new Set([...names(theirs)].map((each) => each.slice(each.indexOf(" "))));
      const more = [...names(ours)].filter((each) => !names(theirs).has(each));
      const unknown = more.filter((each) => !elsewhere.has(each.slice(each.indexOf(" "))));
      expect(unknown.filter((each) => !LOST_BY_V1.some((operation) => each.endsWith(operation)))).toEqual([]);
      const ids = new Map(theirs.map((document) => [document._index + document._id, stableText(document._source)]));
      const plain = ours.filter(({ _index, _source }) => _index.includes("-service-") && !("tag" in _source));
      expect(plain.length).toBeGreaterThan(20);
      for (const { _index, _id, _source } of plain) expect(ids.get(_index + _id)).toBe(stableText(_source));
    });
  });

  describe.each([
    ["default", "v1-searches", {}],
    ["tags-as-fields-all", "v1-searches-tags-as-fields-all", CONFIGURATIONS["tags-as-fields-all"] ?? {}],
  ] as const)("v1's documents (%s)", (name, searchesName, options) => {
    const searches = fixture(searchesName) as RecordedSearch[];
    const isDefault = name === "default";
    let storage: Awaited<ReturnType<typeof open>>;

    beforeAll(async () => {
      await clear(server());
      // Templates first, as v1 makes them too.
      storage = await open(server(), { ...AS_V1, ...options, maxSpanAgeMs: YEARS_MS });
      const all = fixture(`v1-documents-${name}`) as RecordedDocument[];
      // One index at a time: the server's queue is short in these tests.
      for (const index of new Set(all.map(({ _index }) => _index))) {
        const lines = all
          .filter(({ _index }) => _index === index)
          .map(
            ({ _id, _source }) =>
              `{"index":{"_index":"${server().prefix}-${index}","_id":"${_id}"}}\n${exactJson(_source)}\n`,
          );
        const answer = await http(server(), "POST", "/_bulk?refresh=true", lines.join(""));
        expect(answer).toMatchObject({ errors: false });
      }
      return () => storage.close();
    });

    it("are read as the traces that v1 showed", async () => {
      let compared = 0;
      for (const { name: what, bodyText, status } of searches) {
        if (!what.startsWith("trace raw ") || status !== 200) continue;
        const { data } = parseExactJson(bodyText ?? "") as { data: readonly UiTrace[] };
        for (const trace of data) {
          const read = await readTrace(storage.reader, parseTraceId(trace.traceID) ?? "");
          expect([what, read.map(uiText).sort()]).toEqual([
            what,
            trace.spans.map((span) => theirText(span, trace)).sort(),
          ]);
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(20);
    });

    it("answer searches as v1 did, where v1 compares exactly", async () => {
      let compared = 0;
      for (const { name: what, path, status, traceIDs } of searches) {
        const asked = traceQuery(path);
        if (status !== 200 || asked === undefined || NOT_EXACT_IN_V1.test(what)) continue;
        const { traceIds } = await storage.reader.findTraceIds(asked, NOBODY);
        const found = new Set(traceIds.map(formatTraceId));
        expect([what, [...found].sort()]).toEqual([what, [...(traceIDs ?? [])].sort()]);
        compared++;
      }
      expect(compared).toBeGreaterThan(isDefault ? 25 : 20);
    });

    it("are found by values that v1 takes for patterns", async () => {
      const around = query({ serviceName: "сервис платежей" });
      for (const [key, value] of [
        ["regex", "a.b*c[d](e)|f"],
        ["http.url", "http://h/p?q=1&r=%20#f"],
      ] as const) {
        const { traceIds } = await storage.reader.findTraceIds({ ...around, tags: new Map([[key, value]]) }, NOBODY);
        expect([key, traceIds]).toEqual([key, ["a0bcb6ac4e9f7b5678e6ce19ecb0e2a4"]]);
      }
      const pattern = await storage.reader.findTraceIds({ ...around, tags: new Map([["regex", ".*"]]) }, NOBODY);
      expect(pattern.traceIds).toEqual([]);
    });

    it("are read although v1 could not: numbers that ten digits make too large, spans at the epoch", async () => {
      const [huge] = await readTrace(storage.reader, "3455424d2a4aa681".padStart(32, "0"));
      expect(huge?.tags).toContainEqual({ key: "f.huge", type: "float64", value: Number.MAX_VALUE });
      expect(await readTrace(storage.reader, "fbfbc27e5eeda60d".padStart(32, "0"))).toHaveLength(1);
    });

    it("list the services and operations that v1 listed", async () => {
      const services = searches.find(({ name: what }) => what === "services");
      const { data } = parseExactJson(services?.bodyText ?? "") as { data: readonly string[] };
      expect(await storage.reader.getServices(NOBODY)).toEqual([...data].sort());
      const first = searches.find(({ name: what }) => what === "operations of service 0");
      const operations = (parseExactJson(first?.bodyText ?? "") as { data: readonly string[] }).data;
      expect(await storage.reader.getOperations({ serviceName: "frontend" }, NOBODY)).toEqual(
        [...operations].sort().map((each) => ({ name: each, spanKind: "" })),
      );
    });
  });
}

interface UiTag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

interface UiSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly flags?: number;
  readonly operationName: string;
  readonly references: readonly unknown[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly UiTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly UiTag[] }[];
  readonly processID: string;
}

interface UiTrace {
  readonly traceID: string;
  readonly spans: readonly UiSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly UiTag[] }>>;
}

/** Everything in a span as v1's API shows it; the order of tags is left out, since fields of an object have none in v1. */
function uiText(span: Span): string {
  return stableText({
    traceID: formatTraceId(span.traceId),
    spanID: span.spanId,
    flags: span.flags,
    operationName: span.operationName,
    references: span.references.map(({ type, traceId, spanId }) => [type, formatTraceId(traceId), spanId]),
    startTime: Number(span.startTimeNs / 1000n),
    duration: Number(span.durationNs / 1000n),
    tags: tagTexts(span.tags),
    logs: span.logs.map(({ timestampNs, fields }) => [Number(timestampNs / 1000n), tagTexts(fields)]),
    process: [span.process.serviceName, tagTexts(span.process.tags)],
  });
}

function theirText(span: UiSpan, trace: UiTrace): string {
  const process = trace.processes[span.processID];
  return stableText({
    traceID: span.traceID,
    spanID: span.spanID,
    flags: span.flags ?? 0,
    operationName: span.operationName,
    references: (span.references as readonly Record<string, string>[]).map((each) => [
      each.refType,
      each.traceID,
      each.spanID,
    ]),
    startTime: span.startTime,
    duration: span.duration,
    tags: span.tags.map(theirTagText).sort(),
    logs: span.logs.map(({ timestamp, fields }) => [timestamp, fields.map(theirTagText).sort()]),
    process: [process?.serviceName, (process?.tags ?? []).map(theirTagText).sort()],
  });
}

function tagTexts(tags: readonly KeyValue[]): string[] {
  return tags.map((tag) => `${tag.key} ${tag.type} ${tagValue(tag)}`).sort();
}

function tagValue(tag: KeyValue): string {
  if (tag.type === "unknown") return "";
  return tag.type === "binary" ? Buffer.from(tag.value).toString("base64") : String(tag.value);
}

/** v1 gives its own tag back under a changed name when it was a field. */
function theirTagText({ key, type, value }: UiTag): string {
  return `${key === ".jaeger.format" ? "@jaeger@format" : key} ${type} ${String(value)}`;
}

/** The query of a recorded search for traces; `undefined` when it is none. */
function traceQuery(path: string): TraceQuery | undefined {
  const url = new URL(path, "http://v1");
  const { searchParams: asked } = url;
  if (url.pathname !== "/api/traces" || !asked.has("service") || !asked.has("start")) return undefined;
  const given = asked.get("tags") ?? "{}";
  if (!given.endsWith("}")) return undefined;
  const tags = new Map<string, string>(Object.entries(JSON.parse(given) as object));
  const tag = asked.get("tag");
  if (tag !== null) tags.set(tag.slice(0, tag.indexOf(":")), tag.slice(tag.indexOf(":") + 1));
  const operationName = asked.get("operation");
  return {
    serviceName: asked.get("service") ?? "",
    ...(operationName === null ? {} : { operationName }),
    tags,
    startTimeMinNs: BigInt(asked.get("start") ?? 0) * 1000n,
    startTimeMaxNs: BigInt(asked.get("end") ?? 0) * 1000n,
    ...duration("durationMinNs", asked.get("minDuration")),
    ...duration("durationMaxNs", asked.get("maxDuration")),
    limit: Number(asked.get("limit")),
  };
}

const UNIT_NS: Readonly<Record<string, bigint>> = {
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  h: 3_600_000_000_000n,
};

function duration(name: "durationMinNs" | "durationMaxNs", text: string | null): Partial<TraceQuery> {
  const [, count, unit] = /^(\d+)(us|ms|s|h)$/.exec(text ?? "") ?? [];
  return count === undefined ? {} : { [name]: BigInt(count) * (UNIT_NS[unit ?? ""] ?? 0n) };
}

/** JSON with bigints as numbers. */
function exactJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== "bigint") return Object.is(item, -0) ? "\u0001-0\u0001" : item;
    return `\u0001${item}\u0001`;
  });
  return text.replace(/"\\u0001(-?\d+)\\u0001"/g, "$1");
}
