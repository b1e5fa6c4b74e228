import type { IncomingMessage } from "node:http";
import type { Tenancy, TenantCheck } from "@spoor/tenancy";

const NO_TENANT: TenantCheck = { ok: true, tenant: "" };

/** The tenant of an HTTP request; repeated headers are seen as such. */
export function tenantOfRequest(tenancy: Tenancy, request: IncomingMessage): TenantCheck {
  return tenancy.enabled ? tenancy.check(request.headersDistinct[tenancy.header]) : NO_TENANT;
}
