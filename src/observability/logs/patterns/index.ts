export { BatchMiner, minePatterns } from "./batch.ts";
export type { MinedPattern, MinedPatterns } from "./batch.ts";
export { makeMiner, Miner, restoreMiner } from "./miner.ts";
export type { Match, MinerOptions, PatternCount } from "./miner.ts";
export { patternsCommand } from "./command.ts";
