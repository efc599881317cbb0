/**
 * Calls a listener; what it throws surfaces as an uncaught error instead of breaking the engine
 * that calls it, which has other listeners to wake and writes to settle.
 */
export function callSafely(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
