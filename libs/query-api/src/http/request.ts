import type { QueryValues } from "../go/query-values.ts";

/** An API request after routing and the tenant check. */
export interface ApiRequest {
  readonly query: QueryValues;
  /** Variables of the route's pattern, as they stand in the path: not unescaped. */
  readonly variables: readonly string[];
  readonly body: Buffer;
  /** "" when tenancy is off. */
  readonly tenant: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The client names application/json in its Accept header. */
  readonly acceptsJson: boolean;
}
