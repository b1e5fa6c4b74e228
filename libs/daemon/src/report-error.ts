import type { DaemonIdentity, DaemonProcess } from "./daemon-definition.ts";
import { errorText } from "./error-text.ts";
import { DaemonError, type DaemonErrorCode } from "./errors.ts";

/** Mistakes on the command line, for which help is the help. */
const USAGE_CODES: ReadonlySet<DaemonErrorCode> = new Set([
  "UNKNOWN_FLAG",
  "UNKNOWN_COMMAND",
  "INVALID_VALUE",
  "MISSING_VALUE",
]);

/** Says on the terminal what keeps a daemon or a sub-command from running. */
export function reportError(definition: DaemonIdentity, host: DaemonProcess, error: DaemonError): void {
  host.stderr(`Error: ${error.message}\n${error.hint === undefined ? "" : `${error.hint}\n`}`);
  if (USAGE_CODES.has(error.code)) host.stderr(`Run '${host.invocation ?? definition.program} --help' for usage.\n`);
  if (error.code !== "INVALID_SETTINGS") printAsV1(definition, host, error.message);
}

/** v1 prints most of what keeps a daemon from starting on standard output as well; on a terminal that would be twice. */
export function printAsV1(definition: DaemonIdentity, host: DaemonProcess, message: string): void {
  const isSeen = host.stdoutIsTty === true && host.stderrIsTty === true;
  if (!definition.errorsOnStderrOnly && !isSeen) host.stdout(`${message}\n`);
}

/** One line for the log: what is wrong, and what to do. */
export function withHint(error: unknown): string {
  const hint = error instanceof DaemonError ? error.hint : undefined;
  return hint === undefined ? errorText(error) : `${errorText(error)}. ${hint}`;
}
