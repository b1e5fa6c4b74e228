import type { ServiceErrorCode } from "../errors.ts";

/** Where the run listens for requests: host and port. The run sets it for its workers. */
export const SHARED_ADDRESS_VARIABLE = "SPOOR_SHARED_SERVICES";

/** One line of JSON from whoever needs a server; the connection stays open as long as it does. */
export interface Request {
  readonly name: string;
}

/** The one line that comes back. */
export type Answer = { readonly address: unknown } | { readonly error: string; readonly code: ServiceErrorCode };
