const secondMs = 1_000;

/**
 * A task whose result serves all who ask for the same within a second, or for as long as it is fresh.
 * One that failed is done anew for whoever asks next.
 */
export function onceASecond<Args extends readonly unknown[], Result>(
  task: (...args: Args) => Promise<Result>, freshMs: (result: Result) => number = () => secondMs,
): (...args: Args) => Promise<Result> {
  const last = new Map<string, { until: number; readonly result: Promise<Result> }>();
  return (...args) => {
    const at = performance.now();
    for (const [other, { until }] of last) if (at >= until) last.delete(other);
    const name = JSON.stringify(args);
    const known = last.get(name);
    if (known !== undefined) return known.result;
    const result = task(...args);
    const entry = { until: at + secondMs, result };
    last.set(name, entry);
    result.then((found) => { entry.until = at + freshMs(found); }, () => last.delete(name));
    return result;
  };
}
