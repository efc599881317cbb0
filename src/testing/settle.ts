/** Turns of the event loop after which what was set off without timers has come to rest. */
const turns = 12;

/** Lets everything run that waits for no timer: a simulated clock does not move meanwhile. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
