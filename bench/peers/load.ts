/**
 * Loads a peer, which only the benchmark's own package has.
 * @param name a variable on purpose: the type check of the project runs without it
 */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}
