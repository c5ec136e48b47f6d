/** Seconds that somebody has to wait, 0 to go on: a bucket of two seconds' requests, refilled at `perSecond`. */
export function createRateLimit(perSecond: number): (who: string) => number {
  const burst = 2 * perSecond;
  const buckets = new Map<string, { left: number; at: number }>();
  return (who) => {
    const at = Date.now();
    const bucket = buckets.get(who) ?? { left: burst, at };
    bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    buckets.delete(who);
    buckets.set(who, bucket);
    // the one that was idle longest is the first in the map
    if (buckets.size > 10_000) buckets.delete(buckets.keys().next().value ?? '');
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perSecond);
    bucket.left -= 1;
    return 0;
  };
}
