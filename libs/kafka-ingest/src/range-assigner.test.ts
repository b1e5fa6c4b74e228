import { AssignerProtocol, type Cluster } from "kafkajs";
import { expect, test } from "vitest";
import { rangeAssigner, rangeOf } from "./range-assigner.ts";

const cluster = {
  findTopicPartitionMetadata: () => [3, 0, 1, 2, 4].map((partitionId) => ({ partitionId })),
} as unknown as Cluster;

test("every partition has one member, every member an answer, under the name that v1's ingesters use", async () => {
  const assigner = rangeAssigner({ cluster } as Parameters<typeof rangeAssigner>[0]);
  expect(assigner.name).toBe("range");
  const members = ["c", "a", "b"].map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const given = await assigner.assign({ members, topics: ["spans"] });
  const decoded = given.map(({ memberId, memberAssignment }) => [
    memberId,
    AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment.spans,
  ]);
  expect(decoded).toEqual([
    ["a", [0]],
    ["b", [1, 2]],
    ["c", [3, 4]],
  ]);
  const { metadata } = assigner.protocol({ topics: ["spans"] });
  expect(AssignerProtocol.MemberMetadata.decode(metadata)?.topics).toEqual(["spans"]);
});

test("with more members than partitions some have none", () => {
  expect([0, 1, 2].map((index) => rangeOf([7, 8], index, 3))).toEqual([[], [7], [8]]);
});
