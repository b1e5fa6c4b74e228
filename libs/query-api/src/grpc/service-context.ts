import type { GrpcCall } from "@spoor/grpc-server";
import type { QueryService } from "@spoor/query-service";
import type { BaseLogger } from "pino";
import type { SearchLimits } from "../options.ts";

/** On whose behalf a store is read. */
export interface Caller {
  readonly tenant: string;
  readonly bearerToken?: string;
}

/** What the gRPC services work with. */
export interface ServiceContext {
  readonly service: QueryService;
  readonly search: SearchLimits;
  readonly logger: BaseLogger;
  /** The tenant a call belongs to; throws its denial as a status. */
  tenantOf(call: GrpcCall): string;
  /** The same, with the token to pass on to the store. */
  callerOf(call: GrpcCall): Caller;
}
