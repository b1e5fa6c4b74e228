export { type CassandraOptions, type CassandraServer, startCassandra } from "./cassandra.ts";
export { createTestCertificates, type TestCertificates } from "./certificates.ts";
export * from "./errors.ts";
export { freePorts } from "./process.ts";
export { requireService, type ServiceAvailability, type ServiceName } from "./require-service.ts";
