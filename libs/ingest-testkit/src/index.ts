export { writeRecordedInput } from "./recorded-input.ts";
