import { describe, expect, it } from "vitest";
import { type ElasticsearchStorageOptions, withDefaults } from "../options.ts";
import { IndexNames } from "./index-names.ts";

const names = (options: ElasticsearchStorageOptions = {}) =>
  new IndexNames(withDefaults({ maxStartAgeMs: 0, maxStartAheadMs: 0, ...options }));
const at = (text: string) => Date.parse(text) / 1000;

describe("names of indices", () => {
  const late = at("2026-01-31T23:59:59Z");

  it("hold the date, in UTC, and the hour where that is wanted", () => {
    expect(names().write("span", late)).toBe("jaeger-span-2026-01-31");
    expect(names().write("span", late + 1)).toBe("jaeger-span-2026-02-01");
    const hourly = names({ indexPrefix: "p", dateSeparator: ".", spanFrequency: "hour" });
    expect(hourly.write("span", late)).toBe("p-jaeger-span-2026.01.31.23");
    expect(hourly.write("service", late)).toBe("p-jaeger-service-2026.01.31");
    expect(names({ dateSeparator: "", indexPrefix: "p-" }).write("service", 0)).toBe("p-jaeger-service-19700101");
  });

  it("are aliases or the archive where that is wanted", () => {
    expect(names({ useAliases: true }).write("span", late)).toBe("jaeger-span-write");
    expect(names({ useAliases: true }).read("service", 0, late)).toEqual(["jaeger-service-read"]);
    expect(names({ archive: true }).write("span", late)).toBe("jaeger-span-archive");
    expect(names({ archive: true, useAliases: true }).read("span", 0, late)).toEqual(["jaeger-span-archive-read"]);
  });

  it("to be read are days, then months, then everything but the archive", () => {
    expect(names().read("span", late, late + 1)).toEqual(["jaeger-span-2026-01-31", "jaeger-span-2026-02-01"]);
    expect(names({ spanFrequency: "hour" }).read("span", late, late)).toEqual(["jaeger-span-2026-01-31*"]);
    expect(names().read("span", at("2025-12-01"), at("2026-02-20"))).toEqual([
      "jaeger-span-2025-12*",
      "jaeger-span-2026-01*",
      "jaeger-span-2026-02*",
    ]);
    const all = names().read("span", 0, late);
    expect(all).toHaveLength(10);
    expect(all.some((pattern) => "jaeger-span-archive".startsWith(pattern.replace("*", "")))).toBe(false);
    expect(names().read("span", late, 0)).toEqual([]);
  });

  it("of other clusters are read too", () => {
    expect(names({ remoteClusters: ["a"] }).read("span", late, late)).toEqual([
      "jaeger-span-2026-01-31",
      "a:jaeger-span-2026-01-31",
    ]);
  });
});
