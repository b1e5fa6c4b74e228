import { describe, expect, test } from "vitest";
import { ServiceTable, serviceLabel } from "./service-table.ts";
import { ServiceTally } from "./tally.ts";

function one(serviceName: string) {
  const tally = new ServiceTally();
  tally.spans[0] = 1;
  return [{ serviceName, tally }];
}

describe("service labels", () => {
  test("are lower case, with everything odd as an underscore", () => {
    expect(serviceLabel("Käse & Brot-2.0")).toBe("k_se___brot-2.0");
    expect(serviceLabel("")).toBe("__unknown");
  });

  test("beyond the limit share one label", () => {
    const table = new ServiceTable(2);
    for (const name of ["a", "b", "c", "d", "a"]) table.add(one(name));
    expect([...table.entries()].map(([label, { spans }]) => `${label}=${spans[0]}`)).toEqual([
      "a=2",
      "b=1",
      "other-services=2",
    ]);
  });

  test("names that share a label add up", () => {
    const table = new ServiceTable();
    table.add(one("a b"));
    table.add(one("A_B"));
    expect([...table.entries()].map(([label, { spans }]) => `${label}=${spans[0]}`)).toEqual(["a_b=2"]);
  });
});
