export type { AuditEntry } from "./audit.ts";
export { openDoor } from "./door.ts";
export type { Door, DoorOptions, OpenDoor } from "./door.ts";
export { doorErrors } from "./errors.ts";
export { sessionCookie } from "./sessions.ts";
export { includes } from "./keys.ts";
