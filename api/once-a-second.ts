const freshMs = 1_000;

/**
 * A task whose result serves all who ask for the same within a second. One that failed is done anew
 * for whoever asks next.
 */
export function onceASecond<Args extends readonly unknown[], Result>(
  task: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const last = new Map<string, { readonly at: number; readonly result: Promise<Result> }>();
  return (...args) => {
    const at = performance.now();
    for (const [other, { at: then }] of last) if (at - then >= freshMs) last.delete(other);
    const name = JSON.stringify(args);
    const known = last.get(name);
    if (known !== undefined) return known.result;
    const result = task(...args);
    last.set(name, { at, result });
    result.catch(() => last.delete(name));
    return result;
  };
}
