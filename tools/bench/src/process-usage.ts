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

/** Reads /proc (Linux). */
export function processUsage(pid: number): ProcessUsage {
  // The command name may hold spaces; the numbers start after its closing parenthesis.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / clockTicks(),
    peakRssBytes: kilobytes("VmHWM") * 1024,
    rssBytes: kilobytes("VmRSS") * 1024,
  };
}

/** For how long the first `cores` had nothing to do since the machine started, added up, seconds. Reads /proc (Linux). */
export function idleSeconds(cores: number): number {
  const lines = readFileSync("/proc/stat", "utf8")
    .split("\n")
    .slice(1, 1 + cores);
  // cpuN user nice system idle iowait …
  const ticks = lines.map((line) => line.split(" ")).map((fields) => Number(fields[4]) + Number(fields[5]));
  return ticks.reduce((sum, each) => sum + each, 0) / clockTicks();
}

let ticksPerSecond: number | undefined;

function clockTicks(): number {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return ticksPerSecond;
}
