import { LAUNCHERS, type SharedName } from "./shared/catalogue.ts";

/** Starts a server by hand: `node tools/services/src/main.ts cassandra-5.0.9`. It ends, and its data go, with Ctrl-C. */
const names = Object.keys(LAUNCHERS) as SharedName[];
const name = names.find((each) => each === process.argv[2]);
if (name === undefined) {
  process.stderr.write(`usage: node tools/services/src/main.ts ${names.join("|")}\n`);
  process.exit(2);
}
const server = await LAUNCHERS[name]();
process.stdout.write(`${name} listens: ${JSON.stringify(server.address)}\n`);
const end = () => server.close().then(() => process.exit(0));
process.once("SIGINT", end);
process.once("SIGTERM", end);
setInterval(() => undefined, 60_000);
