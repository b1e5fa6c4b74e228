import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, workspacePackages } from "./packages.ts";

describe("layout", () => {
  it.each(workspacePackages().map((item) => [item.dir, item] as const))("%s is a complete package", (dir, item) => {
    for (const file of ["README.md", "project.json", "tsconfig.json"])
      expect(existsSync(join(ROOT, dir, file)), file).toBe(true);
    const project = JSON.parse(readFileSync(join(ROOT, dir, "project.json"), "utf8")) as {
      name: string;
      targets: object;
    };
    expect(project.name).toBe(item.name);
    expect(Object.keys(project.targets)).toContain("typecheck");
    if (item.group === "libs") expect(existsSync(join(ROOT, dir, "src/index.ts"))).toBe(true);
  });

  it("the lockfile names no registry host", () => {
    expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toMatch(/"resolved": *"https?:/);
  });

  it("npm ci has nothing to warn of: install scripts are decided on, engines are left to the Node that comes along", () => {
    const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { readonly hasInstallScript?: true; readonly engines?: unknown }>;
    };
    const { allowScripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { allowScripts: object };
    const installed = Object.entries(lock.packages).filter(([path]) => path.includes("node_modules/"));
    const withScripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const nameOf = (path: string) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScripts.map(([path]) => nameOf(path)))].sort());
    expect(installed.filter(([, { engines }]) => engines !== undefined).map(([path]) => path)).toEqual([]);
  });
});
