import { DaemonError } from "./errors.ts";

/** An error's message and those of its causes, unless repeated. A {@link DaemonError} has said everything itself. */
export function errorText(error: unknown): string {
  const parts: string[] = [];
  for (let current: unknown = error; current !== undefined && current !== null && parts.length < 8; ) {
    const message = current instanceof Error ? current.message || current.name : String(current);
    if (!parts.some((part) => part.includes(message))) parts.push(message);
    current = current instanceof Error && !(current instanceof DaemonError) ? current.cause : undefined;
  }
  return parts.join(": ");
}
