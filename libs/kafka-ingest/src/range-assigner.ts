import { AssignerProtocol, type PartitionAssigner } from "kafkajs";

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const VERSION = 0;

/**
 * Gives each member a range of neighbouring partitions, under the name by which v1's ingesters, and most other clients, know this rule: a
 * group takes only members that have a rule in common, so that v1's and ours can be in one while a fleet moves over.
 */
export const rangeAssigner: PartitionAssigner = ({ cluster }) => ({
  name: "range",
  version: VERSION,
  async assign({ members, topics }) {
    const memberIds = members.map(({ memberId }) => memberId).sort();
    const partitionsOf = topics.map((topic) => {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      return [topic, partitions.sort((a, b) => a - b)] as const;
    });
    return memberIds.map((memberId, index) => {
      const ranges = partitionsOf.map(([topic, partitions]) => [topic, rangeOf(partitions, index, memberIds.length)]);
      const assignment = Object.fromEntries(ranges.filter(([, range]) => range?.length)) as Record<string, number[]>;
      return {
        memberId,
        memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }),
      };
    });
  },
  protocol: ({ topics }) => ({
    name: "range",
    metadata: MemberMetadata.encode({ version: VERSION, topics: [...topics], userData: Buffer.alloc(0) }),
  }),
});

/** The `index`th of `count` shares, as even as can be. */
export function rangeOf(partitions: readonly number[], index: number, count: number): number[] {
  const from = Math.floor((partitions.length * index) / count);
  const to = Math.floor((partitions.length * (index + 1)) / count);
  return partitions.slice(from, to);
}
