import type { ReadOptions } from "@spoor/storage-api";
import type { QueryValues } from "../go/query-values.ts";

/** An API request after routing and the tenant check. */
export interface ApiRequest {
  readonly query: QueryValues;
  /** Variables of the route's pattern, as they stand in the path: not unescaped. */
  readonly variables: readonly string[];
  readonly body: Buffer;
  /** "" when tenancy is off. */
  readonly tenant: string;
  /** To be passed on to the store; absent unless that is asked for. */
  readonly bearerToken: string | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The client names application/json in its Accept header. */
  readonly acceptsJson: boolean;
}

/** What a read for this request goes with. */
export function readOptionsOf({
  tenant,
  bearerToken,
  signal,
}: ApiRequest): ReadOptions & { readonly signal: AbortSignal } {
  return { tenant, signal, ...(bearerToken === undefined ? {} : { bearerToken }) };
}
