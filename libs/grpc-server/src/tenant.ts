import { TENANT_DENIAL_GRPC_CODE, TENANT_DENIAL_TEXT, type Tenancy } from "@spoor/tenancy";
import type { GrpcCall } from "./method.ts";
import { GrpcError } from "./status.ts";

/** The tenant a call belongs to, or its denial as a status. */
export function tenantOfCall(tenancy: Tenancy, call: GrpcCall): string {
  if (!tenancy.enabled) return "";
  const found = tenancy.check(call.values(tenancy.header));
  if (found.ok) return found.tenant;
  throw new GrpcError(TENANT_DENIAL_GRPC_CODE[found.reason], TENANT_DENIAL_TEXT[found.reason]);
}
