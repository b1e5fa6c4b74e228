export { openBlackholeStorage } from "./blackhole.ts";
