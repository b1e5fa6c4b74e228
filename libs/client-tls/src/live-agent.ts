import * as https from "node:https";
import type { LiveTls } from "./live-tls.ts";

type CreateConnection = https.Agent["createConnection"];

/** An agent of `node:https` whose connections use the certificates of their moment. */
export class LiveAgent extends https.Agent {
  readonly #tls: LiveTls;

  constructor(tls: LiveTls, options: https.AgentOptions = {}) {
    // A connection that resumes a session is not asked for a certificate, nor shows one: it would go on with the old ones.
    super({ ...options, ...tls.options, maxCachedSessions: 0 });
    this.#tls = tls;
  }

  override createConnection(...[options, callback]: Parameters<CreateConnection>): ReturnType<CreateConnection> {
    const { secureContext } = this.#tls.options;
    return super.createConnection(Object.assign({}, options, { secureContext }), callback);
  }
}
