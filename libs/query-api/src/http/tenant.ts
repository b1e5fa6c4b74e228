import type { IncomingMessage } from "node:http";
import { TENANT_DENIAL_TEXT, type Tenancy } from "@spoor/tenancy";

export type RequestTenant =
  | { readonly ok: true; readonly tenant: string }
  | { readonly ok: false; readonly message: string };

/** As v1 on HTTP: only the header's first value counts, and an empty one is as none. */
export function tenantOf(tenancy: Tenancy, request: IncomingMessage): RequestTenant {
  if (!tenancy.enabled) return { ok: true, tenant: "" };
  const first = request.headersDistinct[tenancy.header]?.[0] ?? "";
  const check = tenancy.check(first === "" ? undefined : first);
  return check.ok ? check : { ok: false, message: TENANT_DENIAL_TEXT[check.reason] };
}
