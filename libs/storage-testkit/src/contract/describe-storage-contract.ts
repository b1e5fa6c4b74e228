import { NaiveStore } from "../naive-store.ts";
import { SpanGenerator } from "../span-generator.ts";
import { afterEach, beforeEach, describe } from "../vitest.ts";
import { type ContractContext, DEFAULT_TRAITS, type StorageTraits, type StorageUnderTest } from "./context.ts";
import { dependenciesContract } from "./dependencies-contract.ts";
import { edgeValuesContract } from "./edge-values-contract.ts";
import { lifecycleContract } from "./lifecycle-contract.ts";
import { namesContract } from "./names-contract.ts";
import { searchContract } from "./search-contract.ts";
import { tenantContract } from "./tenant-contract.ts";
import { timeContract } from "./time-contract.ts";
import { traceContract } from "./trace-contract.ts";
import { volumeContract } from "./volume-contract.ts";

export interface StorageContractOptions {
  readonly seed?: number;
  readonly traits?: Partial<StorageTraits>;
}

/**
 * Holds a store to the contract of storage-api. `open` gives an empty store; it is called for each test, and what it
 * gave is disposed of afterwards.
 */
export function describeStorageContract(
  name: string,
  open: () => Promise<StorageUnderTest>,
  options: StorageContractOptions = {},
): void {
  const traits: StorageTraits = { ...DEFAULT_TRAITS, ...options.traits };
  let state: Pick<ContractContext, "underTest" | "generator" | "naive"> | undefined;
  const current = () => {
    if (state === undefined) throw new Error("the store is open only while a test runs");
    return state;
  };
  const context: ContractContext = {
    get storage() {
      return current().underTest.storage;
    },
    get underTest() {
      return current().underTest;
    },
    get generator() {
      return current().generator;
    },
    get naive() {
      return current().naive;
    },
    traits,
  };
  describe(`${name} keeps the storage contract`, () => {
    beforeEach(async () => {
      state = {
        underTest: await open(),
        generator: new SpanGenerator(options.seed ?? 1, {
          timePrecisionNs: traits.timePrecisionNs,
          ...(traits.baseTimeNs === undefined ? {} : { baseTimeNs: traits.baseTimeNs }),
        }),
        naive: new NaiveStore(),
      };
    });
    afterEach(async () => {
      await state?.underTest.dispose();
      state = undefined;
    });
    describe("traces", () => traceContract(context));
    describe("search", () => searchContract(context));
    describe("edge values", () => edgeValuesContract(context));
    describe("time", () => timeContract(context));
    describe("volume", () => volumeContract(context));
    describe("names", () => namesContract(context));
    describe("tenants", () => tenantContract(context));
    describe("dependencies", () => dependenciesContract(context));
    describe("lifecycle", () => lifecycleContract(context));
  });
}
