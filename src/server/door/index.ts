export { openDoor } from "./door.ts";
export type { DoorOptions, OpenDoor } from "./door.ts";
export { doorErrors } from "./errors.ts";
