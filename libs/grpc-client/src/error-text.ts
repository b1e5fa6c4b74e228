import { type ServiceError, status } from "@grpc/grpc-js";

/** A call's failure in one line. grpc-js wraps the system's error in a text for each of its layers; the innermost says it all. */
export function grpcErrorText(error: unknown): string {
  const { code, details, message } = error as Partial<ServiceError>;
  if (code === undefined || details === undefined) return String(message);
  const inner = details.split("Last error: ").at(-1) ?? "";
  return `${status[code]}: ${inner.replace(/^Error: /, "").replace(/\. Resolution note: $/, "")}`;
}
