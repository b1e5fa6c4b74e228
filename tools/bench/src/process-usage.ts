import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system time of all its threads, seconds. */
  readonly cpuSeconds: number;
  /** Highest resident set so far, bytes. */
  readonly peakRssBytes: number;
  readonly rssBytes: number;
}

let ticksPerSecond: number | undefined;

/** Reads /proc (Linux). */
export function processUsage(pid: number): ProcessUsage {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  // The command name may hold spaces; the numbers start after its closing parenthesis.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakRssBytes: kilobytes("VmHWM") * 1024,
    rssBytes: kilobytes("VmRSS") * 1024,
  };
}
