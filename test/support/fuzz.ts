// Values made from a JSON Schema: right ones, and ones next to them that are not. All from one seed.

export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Chance {
  readonly below: (limit: number) => number;
  readonly pick: <Value>(values: readonly Value[]) => Value;
}

/** A generator of chances that gives the same ones for the same seed (mulberry32). */
export function chances(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (values) => {
      const found = values[below(values.length)];
      if (found === undefined && values.length === 0) throw new Error('There is nothing to choose from: a pattern of the document may want another sample.');
      return found as (typeof values)[number];
    },
  };
}

const samples = [
  '2003-01', '2003-05', '2003-01-MONTHEND', '2003-03-MONTHEND', '2003-01-MONTHEND-02', 'JE-1-2003-01-0000000001', 'JE-9-1999-12-9999999999', '7', '0',
  'JE-1-2003-01-0000000001/1', 'WORKER_ROWS', '5010', 'file.csv', '2099-12-31', '2099-12-31T23:00', 'text',
];

/** A value as the schema wants it. Throws where no sample has its pattern: then one is to be added. */
export function valid(schema: Schema, chance: Chance): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return chance.pick(schema.enum);
  if (schema.type === 'integer' || schema.type === 'number') {
    return chance.pick([schema.minimum ?? 0, Math.min(schema.maximum ?? 10, (schema.minimum ?? 0) + 1)]);
  }
  if (schema.type === 'boolean') return chance.pick([true, false]);
  if (schema.type === 'object') {
    const given = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name) === true || chance.below(2) === 0);
    return Object.fromEntries(given.map(([name, each]) => [name, valid(each, chance)]));
  }
  if (schema.format === 'date') return '2099-12-31';
  if (schema.format === 'date-time') return '2099-12-31T23:00';
  return chance.pick(samples.filter((sample) => schema.pattern === undefined || new RegExp(schema.pattern).test(sample)));
}

const strange: readonly unknown[] = [
  '', ' ', '0', '-1', '1e9', '9'.repeat(30), 'null', 'NaN', 'Infinity', '2003-13', '0000-00-00', '9999-99-99T99:99', "'; drop table books.period; --", '" or 1=1',
  '\u0000', 'a\u0000b', '%00', '%', '../../etc/passwd', '{}', '[]', 'x'.repeat(300), 'x'.repeat(5_000), '💶', '\ud800', 'ſ', '١', '<script>', '__proto__', '${7*7}',
  null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, -(2 ** 31) - 1, [], {}, [[]], { a: 1 }, ['2003-01'],
];

/** Something that a schema may well not want: just outside its bounds, of another type, or strange. */
export function wrong(schema: Schema, chance: Chance): unknown {
  const near = [
    ...(schema.minimum === undefined ? [] : [schema.minimum - 1]), ...(schema.maximum === undefined ? [] : [schema.maximum + 1]),
    ...(schema.maxLength === undefined ? [] : ['x'.repeat(schema.maxLength + 1)]), ...(schema.minLength === undefined ? [] : ['']),
  ];
  return near.length > 0 && chance.below(3) === 0 ? chance.pick(near) : chance.pick(strange);
}

/** A body that is right but for one thing. */
export function wrongBody(schema: Schema, chance: Chance): string {
  const right = valid(schema, chance) as Record<string, unknown>;
  const names = Object.keys(schema.properties ?? {});
  const name = names.length === 0 ? 'none' : chance.pick(names);
  switch (chance.below(8)) {
    case 0: return JSON.stringify({ ...right, unknown: 1 });
    case 1: return JSON.stringify(right).slice(0, -1);
    case 2: return JSON.stringify([right]);
    case 3: return `{"__proto__": {"role": "admin"}, "constructor": 1, ${JSON.stringify(right).slice(1)}`.replace(', }', '}');
    case 4: return chance.pick(['', 'null', '"text"', '1', '[', '['.repeat(20_000), `{"a":${'[{"a":'.repeat(5_000)}`, '\u0000', '{"period":"2003-01"', '{}{}']);
    case 5: return JSON.stringify({ ...right, [name]: 'x'.repeat(70_000) });
    default: return JSON.stringify({ ...right, [name]: wrong(schema.properties?.[name] ?? {}, chance) });
  }
}
