import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ServiceError } from "./errors.ts";

const run = promisify(execFile);
const JVM_FOLDER = "/usr/lib/jvm";

export interface JavaVersions {
  readonly min: number;
  readonly max: number;
}

/**
 * The `java` binary of a suitable major version: `SPOOR_SERVICES_JAVA`, `JAVA_HOME`, the `JAVA_HOME_*_X64` of CI machines, the
 * `PATH`, then the folder in which Linux distributions keep them. Throws `TOOL_MISSING` where none is found.
 */
export async function findJava(versions: JavaVersions): Promise<string> {
  for (const binary of candidates()) {
    const major = await majorVersion(binary);
    if (major !== undefined && major >= versions.min && major <= versions.max) return binary;
  }
  throw new ServiceError(
    "TOOL_MISSING",
    `no Java ${versions.min} to ${versions.max} found; SPOOR_SERVICES_JAVA may name a java binary`,
  );
}

function candidates(): readonly string[] {
  const { env } = process;
  const homes = Object.keys(env).filter((name) => name === "JAVA_HOME" || /^JAVA_HOME_\d+/.test(name));
  const found = [
    env.SPOOR_SERVICES_JAVA,
    ...homes.map((name) => join(env[name] ?? "", "bin", "java")),
    ...(env.PATH ?? "").split(delimiter).map((folder) => join(folder, "java")),
    ...(existsSync(JVM_FOLDER) ? readdirSync(JVM_FOLDER).map((name) => join(JVM_FOLDER, name, "bin", "java")) : []),
  ];
  return [...new Set(found.filter((path) => path !== undefined && existsSync(path)))] as string[];
}

async function majorVersion(binary: string): Promise<number | undefined> {
  try {
    const { stderr } = await run(binary, ["-XshowSettings:properties", "-version"]);
    const text = /java\.specification\.version = (\d+)\s/.exec(stderr)?.[1];
    return text === undefined ? undefined : Number(text);
  } catch {
    return undefined;
  }
}
