import { randomBytes } from "node:crypto";

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/**
 * The value of `traceresponse`, which v1 sends with every reply: it goes on with the caller's trace, or names a new
 * one, and says that it was not sampled.
 */
export function traceResponse(traceparent: string | string[] | undefined): string {
  const caller = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  const random = randomBytes(24).toString("hex");
  return `00-${caller ?? random.slice(16)}-${random.slice(0, 16)}-00`;
}
