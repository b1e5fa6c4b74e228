import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ServiceError } from "./errors.ts";
import { findJava, type JavaVersions } from "./java.ts";
import { prometheusPrograms } from "./prometheus.ts";

export interface ServiceAvailability {
  readonly available: boolean;
  /** Why not, for the title of a skipped suite; "" when available. */
  readonly reason: string;
}

/** The Java versions each server runs on. */
export const JAVA_OF = {
  /** Cassandra 4.1 and 5.0 install a security manager, which later versions of Java do not know. */
  cassandra: { min: 11, max: 17 },
  elasticsearch7: { min: 17, max: 21 },
  elasticsearch9: { min: 21, max: 25 },
  opensearch: { min: 21, max: 25 },
  kafka: { min: 17, max: 25 },
} as const satisfies Readonly<Record<string, JavaVersions>>;

export type ServiceName = keyof typeof JAVA_OF | "prometheus";

/**
 * Whether a server can be started here. A suite that needs it is skipped with the reason where it cannot; with `CI=true` that is an
 * error, so that a build machine without Java, or without Debian's packages for Prometheus, never passes for a tested one.
 *
 * ```ts
 * const cassandra = await requireService("cassandra");
 * describe.skipIf(!cassandra.available)(`cassandra ${cassandra.reason}`, () => { … });
 * ```
 */
export async function requireService(name: ServiceName): Promise<ServiceAvailability> {
  try {
    if (name === "prometheus") await prometheusPrograms();
    else {
      await findJava(JAVA_OF[name]);
      if (!isOnPath("mvn")) throw new ServiceError("TOOL_MISSING", "Maven (mvn) is not on the PATH");
    }
    return { available: true, reason: "" };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    if (process.env.CI === "true") throw new Error(`${name} is needed with CI=true: ${cause}`, { cause: error });
    const reason = `skipped, ${name} cannot be started here: ${cause}`;
    process.stderr.write(`${reason}\n`);
    return { available: false, reason };
  }
}

/** Asking a program of Java for its version takes a second in each test file. */
function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));
}
