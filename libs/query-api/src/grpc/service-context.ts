import type { GrpcCall } from "@spoor/grpc-server";
import type { QueryService } from "@spoor/query-service";
import type { BaseLogger } from "pino";
import type { SearchLimits } from "../options.ts";

/** What the gRPC services work with. */
export interface ServiceContext {
  readonly service: QueryService;
  readonly search: SearchLimits;
  readonly logger: BaseLogger;
  /** The tenant a call belongs to; throws its denial as a status. */
  tenantOf(call: GrpcCall): string;
}
