import { createServer } from "node:http";
import { Counter } from "prom-client";
import type { DaemonDefinition } from "../daemon-definition.ts";
import { DaemonError } from "../errors.ts";
import { parseHostPort } from "../host-port.ts";
import { runMain } from "../run-main.ts";

/** A daemon of several processes, for tests: each answers HTTP with its number, counts, dies or dawdles when asked to. */
const DAEMON: DaemonDefinition = {
  program: "test-workers",
  summary: "",
  metricsNamespace: "test",
  adminPort: 0,
  commands: [],
  environmentVariables: [],
  notes: [],
  flags: () => [
    {
      title: "Test",
      flags: [
        { name: "workers", type: "int", default: 1, description: "" },
        { name: "broken-worker", type: "int", default: 0, description: "" },
        { name: "dying-worker", type: "int", default: 0, description: "" },
      ],
    },
  ],
  workers: (settings) => settings.int("workers"),
  async start({ settings, logger, registry, lifecycle, readiness, worker }) {
    if (worker?.index === settings.int("broken-worker")) throw new DaemonError("INVALID_SETTINGS", "no store");
    const asked = new Counter({ name: "test_asked_total", help: "Requests", registers: [registry] });
    const server = createServer((request, response) => {
      asked.inc();
      const answer = () => {
        response.setHeader("connection", "close");
        response.end(`${worker?.index}/${worker?.count}`);
      };
      if (request.url === "/die") process.kill(process.pid, "SIGKILL");
      else if (request.url === "/exit") process.exit(3);
      else if (request.url === "/ill") {
        readiness.report("store", "it is away");
        answer();
      } else if (request.url === "/slow") {
        logger.info("Slow request");
        setTimeout(answer, 300);
      } else {
        logger.debug("Request");
        answer();
      }
    });
    const at = parseHostPort("127.0.0.1:0", "test");
    await new Promise<void>((resolve) => server.listen(at.port, at.host, resolve));
    lifecycle.addListener("server", () => new Promise<void>((resolve) => server.close(() => resolve())));
    const address = server.address();
    logger.info({ address }, "Listening");
    if (worker?.index === settings.int("dying-worker")) setTimeout(() => process.exit(3), 50);
  },
};

await runMain(DAEMON, async () => DAEMON);
