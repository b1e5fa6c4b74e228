import { startCassandra } from "./cassandra.ts";

/** Starts a server by hand: `node tools/services/src/main.ts cassandra`. It ends, and its data go, with Ctrl-C. */
const [name] = process.argv.slice(2);
if (name !== "cassandra") {
  process.stderr.write("usage: node tools/services/src/main.ts cassandra\n");
  process.exit(2);
}
const server = await startCassandra();
process.stdout.write(`cassandra listens on ${server.host}:${server.port}\n`);
const end = () => server.close().then(() => process.exit(0));
process.once("SIGINT", end);
process.once("SIGTERM", end);
setInterval(() => undefined, 60_000);
