import { describe, expect, test } from "vitest";
import { createTenancy } from "./tenancy.ts";

describe("tenancy", () => {
  test("off: every request belongs to the empty tenant, whatever its header says", () => {
    const tenancy = createTenancy({ enabled: false, tenants: ["acme"] });
    expect(tenancy.check(undefined)).toEqual({ ok: true, tenant: "" });
    expect(tenancy.check("other")).toEqual({ ok: true, tenant: "" });
    expect(tenancy.check(["a", "b"])).toEqual({ ok: true, tenant: "" });
  });

  test("on: a listed tenant is let in, compared exactly", () => {
    const tenancy = createTenancy({ enabled: true, tenants: ["acme", "megacorp"] });
    expect(tenancy.check("acme")).toEqual({ ok: true, tenant: "acme" });
    expect(tenancy.check(["megacorp"])).toEqual({ ok: true, tenant: "megacorp" });
    expect(tenancy.check("ACME")).toEqual({ ok: false, reason: "unknown" });
    expect(tenancy.check("")).toEqual({ ok: false, reason: "unknown" });
  });

  test("on: no header and several headers are told apart", () => {
    const tenancy = createTenancy({ enabled: true });
    expect(tenancy.check(undefined)).toEqual({ ok: false, reason: "missing" });
    expect(tenancy.check([])).toEqual({ ok: false, reason: "missing" });
    expect(tenancy.check(["acme", "acme"])).toEqual({ ok: false, reason: "extra" });
  });

  test("without a list any name is a tenant but the empty one", () => {
    const tenancy = createTenancy({ enabled: true });
    expect(tenancy.check("anything")).toEqual({ ok: true, tenant: "anything" });
    expect(tenancy.check("")).toEqual({ ok: false, reason: "unknown" });
  });

  test("the header's name is lower case, x-tenant unless told", () => {
    expect(createTenancy({ enabled: true }).header).toBe("x-tenant");
    expect(createTenancy({ enabled: true, header: "X-Org-ID" }).header).toBe("x-org-id");
  });
});
