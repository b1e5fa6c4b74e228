import { describe, expect, test } from "vitest";
import { storageFlags } from "./storage-flags.ts";
import {
  refuseWriteOnly,
  STORAGE_TYPES,
  samplingStorageType,
  shownStorageTypes,
  storageTypes,
  withSamplingStorage,
} from "./storage-types.ts";

describe("the choice of stores", () => {
  test("comes from the environment, else it is the daemon's default", () => {
    expect(storageTypes({ SPAN_STORAGE_TYPE: "memory" }, [], "embedded")).toEqual(["memory"]);
    expect(storageTypes({ SPAN_STORAGE_TYPE: "" }, [], "embedded")).toEqual(["embedded"]);
  });

  test("v1's deprecated flag wins", () => {
    const environment = { SPAN_STORAGE_TYPE: "memory" };
    expect(storageTypes(environment, ["--span-storage.type=blackhole"], "embedded")).toEqual(["blackhole"]);
    expect(storageTypes(environment, ["--x", "--span-storage.type", "badger"], "embedded")).toEqual(["badger"]);
  });

  test("may be a comma list with spaces; the same store twice is one", () => {
    expect(storageTypes({ SPAN_STORAGE_TYPE: "memory, blackhole ,memory" }, [], "embedded")).toEqual([
      "memory",
      "blackhole",
    ]);
  });

  test("help shows those named that are there, else all", () => {
    const shown = (type: string) => shownStorageTypes({ SPAN_STORAGE_TYPE: type }, [], "embedded");
    expect(shown("memory,bogus,embedded")).toEqual(["memory", "embedded"]);
    expect(shown("")).toEqual(["embedded"]);
    expect(shown("bogus")).toEqual(STORAGE_TYPES);
  });

  test.each([
    [
      "bogus",
      "unknown storage type bogus. Valid types are [embedded badger cassandra elasticsearch opensearch kafka grpc memory blackhole]",
    ],
    ["grpc-plugin", "unknown storage type grpc-plugin"],
  ])("%s is refused", (type, message) => {
    expect(() => storageTypes({ SPAN_STORAGE_TYPE: type }, [], "embedded")).toThrow(message);
  });

  test("a near miss is told what was meant", () => {
    expect(() => storageTypes({ SPAN_STORAGE_TYPE: "memroy" }, [], "embedded")).toThrowError(
      expect.objectContaining({ hint: "Did you mean memory?" }),
    );
  });
});

describe("the store for sampling", () => {
  test("is the one that SAMPLING_STORAGE_TYPE names, whose flags exist beside those of the spans' stores", () => {
    expect(samplingStorageType({})).toBeUndefined();
    expect(samplingStorageType({ SAMPLING_STORAGE_TYPE: "cassandra" })).toBe("cassandra");
    expect(withSamplingStorage(["kafka"], { SAMPLING_STORAGE_TYPE: "cassandra" })).toEqual(["kafka", "cassandra"]);
    expect(withSamplingStorage(["cassandra"], { SAMPLING_STORAGE_TYPE: "cassandra" })).toEqual(["cassandra"]);
    expect(withSamplingStorage(["kafka"], {})).toEqual(["kafka"]);
    expect(() => samplingStorageType({ SAMPLING_STORAGE_TYPE: "casandra" })).toThrow("unknown storage type casandra");
  });
});

test("kafka cannot be read, in v1's words", () => {
  expect(() => refuseWriteOnly(["kafka", "cassandra"])).toThrow(
    "Failed to create trace reader: kafka storage is write-only",
  );
  refuseWriteOnly(["cassandra", "kafka"]);
});

describe("flags", () => {
  const names = (...types: Parameters<typeof storageFlags>[0]) =>
    storageFlags(types).flatMap(({ flags }) => flags.map(({ name }) => name));

  test("exist for chosen stores only", () => {
    expect(names("memory")).toEqual([
      "memory.max-traces",
      "memory.max-bytes",
      "memory.max-tenants",
      "span-storage.type",
    ]);
    expect(names("blackhole")).toEqual(["span-storage.type"]);
    expect(names("embedded", "memory")).toContain("embedded.directory");
    expect(names("embedded", "memory")).toContain("memory.max-traces");
    const elasticsearch = names("elasticsearch", "opensearch");
    expect(elasticsearch).toContain("es.server-urls");
    expect(new Set(elasticsearch).size).toBe(elasticsearch.length);
    expect(names("badger").filter((name) => name.startsWith("badger."))).toHaveLength(8);
  });
});
