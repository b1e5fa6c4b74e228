import { randomBytes } from "node:crypto";

const { COLLECTOR, QUERY } = process.env;
const traceId = randomBytes(16).toString("hex");
const nowNs = BigInt(Date.now()) * 1_000_000n;
const span = {
  traceId,
  spanId: randomBytes(8).toString("hex"),
  name: "helm test",
  kind: 1,
  startTimeUnixNano: String(nowNs),
  endTimeUnixNano: String(nowNs + 1_000_000n),
};
const service = { key: "service.name", value: { stringValue: "helm-test" } };
const sent = await fetch(`${COLLECTOR}/v1/traces`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }] }),
});
if (!sent.ok) throw new Error(`the collector answered ${sent.status}: ${await sent.text()}`);
console.log(`sent trace ${traceId}`);

// Kafka and Elasticsearch take a moment.
let last = "";
for (let attempt = 0; attempt < 60; attempt += 1) {
  const found = await fetch(`${QUERY}/api/traces/${traceId}`).catch((error) => error);
  last = found instanceof Error ? String(found.cause ?? found) : `${found.status}: ${await found.text()}`;
  if (found.status === 200 && last.includes("helm test")) {
    console.log(`found it after ${attempt} s`);
    process.exit(0);
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
throw new Error(`query did not show the trace; it last said ${last}`);
