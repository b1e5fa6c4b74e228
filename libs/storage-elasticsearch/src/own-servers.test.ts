import { requireService } from "@spoor/services";
import { describe } from "vitest";
import { ownServerSuite } from "./testing/own-server-suite.ts";
import { securedSuite } from "./testing/secured-suite.ts";

// Servers that are stopped, overrun or set up otherwise than those that a run shares.
const old = await requireService("elasticsearch7");
describe.skipIf(!old.available)("Elasticsearch 7.17.29 that goes wrong", () => ownServerSuite());

const secured = await requireService("elasticsearch9");
describe.skipIf(!secured.available)("Elasticsearch 9.5.3 that wants TLS and a password", () => securedSuite());
