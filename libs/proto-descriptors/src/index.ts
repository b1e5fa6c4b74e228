export { type DescriptorFile, descriptorFiles } from "./descriptors.ts";
