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
});
