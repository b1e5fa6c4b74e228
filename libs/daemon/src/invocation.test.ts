import { expect, test } from "vitest";
import { invocation } from "./invocation.ts";

const SCRIPT = "/opt/spoor/dist/apps/query/main.js";
const facts = { argv0: "node", script: SCRIPT, directory: "/opt/spoor", environment: {} };

test("a program is named as it can be started from the same directory", () => {
  expect(invocation(facts)).toBe("node dist/apps/query/main.js");
  expect(invocation({ ...facts, directory: "/home/me" })).toBe(`node ${SCRIPT}`);
  expect(invocation({ ...facts, argv0: "node_modules/.bin/node" })).toBe(
    "node_modules/.bin/node dist/apps/query/main.js",
  );
  expect(invocation({ ...facts, argv0: "/opt/spoor/node_modules/.bin/node" })).toBe(
    "node_modules/.bin/node dist/apps/query/main.js",
  );
  expect(invocation({ ...facts, argv0: "/usr/bin/node" })).toBe("node dist/apps/query/main.js");
  expect(invocation({ ...facts, script: "/opt/spoor/jaeger-query" })).toBe("jaeger-query");
});

test("an npm script is named as such, but only when it is what npm runs", () => {
  const npm = (event: string, line: string) =>
    invocation({ ...facts, environment: { npm_lifecycle_event: event, npm_lifecycle_script: line } });
  expect(npm("start", "exec node dist/apps/query/main.js")).toBe("npm start --");
  expect(npm("serve", "exec node dist/apps/query/main.js")).toBe("npm run serve --");
  expect(npm("test", "vitest run")).toBe("node dist/apps/query/main.js");
});
