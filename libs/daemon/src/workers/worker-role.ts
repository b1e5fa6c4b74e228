import type { Environment } from "../daemon-definition.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../host-port.ts";

/** Which of a daemon's worker processes this one is. */
export interface WorkerRole {
  /** Counts from 1. */
  readonly index: number;
  readonly count: number;
  /** Where the main process has its admin server. */
  readonly adminAddress: HostPort;
}

const VARIABLE = "SPOOR_WORKER";

/** What the main process puts into the environment of a worker. */
export function workerEnvironment({ index, count, adminAddress }: WorkerRole): Readonly<Record<string, string>> {
  return { [VARIABLE]: `${index}/${count} ${formatHostPort(adminAddress)}` };
}

/** The role that the main process gave this process; `undefined` in a process that nobody forked. */
export function workerRoleOf(environment: Environment): WorkerRole | undefined {
  const match = /^(\d+)\/(\d+) (\S+)$/.exec(environment[VARIABLE] ?? "");
  if (match === null) return undefined;
  const [, index, count, address = ""] = match;
  return { index: Number(index), count: Number(count), adminAddress: parseHostPort(address, VARIABLE) };
}
