/** Why a request belongs to no tenant. */
export type TenantDenial = "missing" | "extra" | "unknown";

export type TenantCheck =
  | { readonly ok: true; readonly tenant: string }
  | { readonly ok: false; readonly reason: TenantDenial };

export interface TenancyOptions {
  readonly enabled: boolean;
  /** Name of the header (gRPC: metadata key) that carries the tenant; any case. Default `x-tenant`. */
  readonly header?: string;
  /** The tenants there are; empty or absent: every name is one. */
  readonly tenants?: readonly string[];
}

export interface Tenancy {
  readonly enabled: boolean;
  /** Lower case, as node's header objects and gRPC metadata have it. */
  readonly header: string;
  /** Decides by the header's values. With tenancy off every request belongs to the tenant "". */
  check(values: string | readonly string[] | undefined): TenantCheck;
}

/** v1's words for a denial, the same on every transport (jaegertracing/jaeger `internal/tenancy`). */
export const TENANT_DENIAL_TEXT: Readonly<Record<TenantDenial, string>> = {
  missing: "missing tenant header",
  extra: "extra tenant header",
  unknown: "unknown tenant",
};

/** gRPC status codes of a denial: UNAUTHENTICATED without a header, else PERMISSION_DENIED. */
export const TENANT_DENIAL_GRPC_CODE: Readonly<Record<TenantDenial, number>> = { missing: 16, extra: 7, unknown: 7 };

const NO_TENANT: TenantCheck = { ok: true, tenant: "" };

/**
 * Tenancy as v1 has it: one header value, compared exactly with the list. Without a list any value is a tenant
 * except the empty one, which could not be told from "no tenancy" in a store.
 */
export function createTenancy(options: TenancyOptions): Tenancy {
  const header = (options.header ?? "x-tenant").toLowerCase();
  if (!options.enabled) return { enabled: false, header, check: () => NO_TENANT };
  const tenants = new Set(options.tenants ?? []);
  return {
    enabled: true,
    header,
    check(values) {
      const value = typeof values === "string" ? values : values?.[0];
      if (value === undefined) return { ok: false, reason: "missing" };
      if (typeof values !== "string" && values !== undefined && values.length > 1)
        return { ok: false, reason: "extra" };
      const known = tenants.size === 0 ? value !== "" : tenants.has(value);
      return known ? { ok: true, tenant: value } : { ok: false, reason: "unknown" };
    },
  };
}
