// biome-ignore lint/correctness/noUndeclaredDependencies: the kit runs inside the test runner of whoever joins it; no daemon installs it.
export { afterEach, beforeEach, describe, expect, it } from "vitest";
