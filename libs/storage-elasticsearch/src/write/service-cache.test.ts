import { describe, expect, it } from "vitest";
import { ServiceCache } from "./service-cache.ts";
import { Settlement } from "./settlement.ts";

describe("names of operations that are stored", () => {
  const cacheWith = (index: string, service: string, operation: string, kind: string) => {
    const cache = new ServiceCache(1000);
    const has = (i = index, s = service, o = operation, k = kind, now = Date.now()) => {
      const name = Buffer.from(`<${o}>`);
      return cache.has(i, s, name, 1, name.length - 1, k, now);
    };
    const want = () => (has() ? undefined : cache.want(index, service, operation, kind, new Settlement()));
    const wanted = want();
    /** The next span of the operation asks again. */
    const settle = (isStored: boolean) => {
      wanted?.settled?.(isStored);
      return want();
    };
    return { cache, has, want, settle };
  };

  it("are known by their bytes once their document is stored, and until it is old", () => {
    const { has, want, settle } = cacheWith("i", "s", "GET /ü", "server");
    expect(want()).toBeUndefined();
    expect(has()).toBe(false);
    expect(settle(true)).toBeUndefined();
    expect(has()).toBe(true);
    expect(has("i", "s", "GET /ü", "server", Date.now() + 1001)).toBe(false);
  });

  it("are told apart by index, service, operation and span kind", () => {
    const { has, settle } = cacheWith("i", "s", "operation", "server");
    settle(true);
    expect(has()).toBe(true);
    expect(has("j")).toBe(false);
    expect(has("i", "t")).toBe(false);
    expect(has("i", "s", "operatiom")).toBe(false);
    expect(has("i", "s", "operation", "")).toBe(false);
  });

  it("of many services and kinds are known side by side, though the name is one", () => {
    const cache = new ServiceCache(1000);
    const name = Buffer.from("GET /health");
    const all = Array.from({ length: 40 }, (_, i) => `service-${i}`).flatMap((service) =>
      ["server", "client", ""].map((kind) => ({ service, kind })),
    );
    const has = ({ service, kind }: { service: string; kind: string }) =>
      cache.has("i", service, name, 0, name.length, kind, Date.now());
    for (const each of [...all, ...all]) {
      if (has(each)) continue;
      cache.want("i", each.service, "GET /health", each.kind, new Settlement())?.settled?.(true);
    }
    const known = all.filter(has);
    // Two may want one place.
    expect(known.length).toBeGreaterThan(110);
  });

  it("are not known after their document failed, or after everything is forgotten", () => {
    const failed = cacheWith("i", "s", "o", "");
    expect(failed.settle(false)).toBeDefined();
    expect(failed.has()).toBe(false);
    const forgotten = cacheWith("i", "s", "o", "");
    forgotten.settle(true);
    forgotten.cache.clear();
    expect(forgotten.has()).toBe(false);
  });

  it("are wanted again after their document failed, also where there were too many and all others were forgotten", () => {
    const cache = new ServiceCache(1000, 2);
    const want = (operation: string) => cache.want("i", "s", operation, "", new Settlement());
    want("a")?.settled?.(true);
    want("b")?.settled?.(true);
    want("c")?.settled?.(false);
    expect(want("c")).toBeDefined();
    expect(want("a")).toBeDefined();
  });

  it("that failed take no room from the others", () => {
    const cache = new ServiceCache(1000, 2);
    const want = (operation: string) => cache.want("i", "s", operation, "", new Settlement());
    want("a")?.settled?.(true);
    for (const operation of ["b", "c", "d"]) want(operation)?.settled?.(false);
    expect(want("a")).toBeUndefined();
  });
});
