import { readText } from "./repository.ts";

export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly lines: readonly string[];
  /** As written: `6831/udp`, `14250`; sorted. */
  readonly ports: readonly string[];
}

/** The stages of `deploy/docker/Dockerfile`, in order. */
export function stages(): readonly Stage[] {
  const instructions = readText("deploy/docker/Dockerfile")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const found: { name: string; from: string; lines: string[] }[] = [];
  for (const line of instructions) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
    if (from !== undefined && name !== undefined) found.push({ name, from, lines: [] });
    else found.at(-1)?.lines.push(line);
  }
  return found.map((stage) => ({
    ...stage,
    ports: stage.lines.flatMap((line) => /^EXPOSE (\S+)$/.exec(line)?.[1] ?? []).sort(),
  }));
}
