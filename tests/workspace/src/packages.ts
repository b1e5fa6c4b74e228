import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface WorkspacePackage {
  readonly name: string;
  readonly group: string;
  readonly dir: string;
  /** Names of the workspace packages its shipped code may import. */
  readonly imports: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Every package of the workspace, with what it declares to import. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return ["libs", "apps", "tools", "tests"].flatMap((group) =>
    readdirSync(`${ROOT}/${group}`)
      .filter((name) => existsSync(`${ROOT}/${group}/${name}/package.json`))
      .map((name) => {
        const dir = `${group}/${name}`;
        const manifest = JSON.parse(readFileSync(`${ROOT}/${dir}/package.json`, "utf8")) as Manifest;
        const imports = Object.keys(manifest.dependencies ?? {})
          .filter((dependency) => dependency.startsWith("@spoor/"))
          .map((dependency) => dependency.slice("@spoor/".length));
        return { name, group, dir, imports };
      }),
  );
}
