// Imported before a process's own code: its clock is CLOCK_SHIFT_MINUTES off, as a machine's may be.

const shiftMs = Number(process.env.CLOCK_SHIFT_MINUTES ?? 0) * 60_000;
const Real = Date;

globalThis.Date = new Proxy(Real, {
  construct: (target, given: unknown[], wanted) =>
    Reflect.construct(target, given.length === 0 ? [Real.now() + shiftMs] : given, wanted) as object,
  apply: () => new Real(Real.now() + shiftMs).toString(),
  get: (target, name, receiver) => (name === 'now' ? () => Real.now() + shiftMs : Reflect.get(target, name, receiver) as unknown),
});
