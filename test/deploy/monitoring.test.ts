import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { projectFolder } from '../../control/config.ts';
import { useApi } from '../support/api.ts';
import { endCommands } from '../support/cli.ts';
import { promtool, typesOf } from '../support/metrics.ts';

afterAll(endCommands);

// Rules, dashboard and documentation speak of the metrics that a service has, and of no others.

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

interface Rule { readonly record?: string; readonly alert?: string; readonly expr: string; readonly labels?: { severity: string }; readonly annotations?: Record<string, string> }
interface RuleFile { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
interface RuleTests { readonly tests: readonly { readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[] }[] }
interface Panel { readonly type: string; readonly title: string; readonly description?: string; readonly targets?: readonly { readonly expr: string }[]; readonly gridPos: { x: number; y: number; w: number; h: number } }
interface Dashboard { readonly uid: string; readonly title: string; readonly schemaVersion: number; readonly panels: readonly Panel[] }

const rules = (parse(read('deploy/prometheus/rules.yml')) as RuleFile).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('deploy/grafana/dashboards/monthend.json')) as Dashboard;
const dashboardExpressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Metrics that an expression names: words before a selector, an operator or a bracket that are no function or label. */
const namesIn = (expression: string): string[] =>
  [...expression.replace(/\{[^}]*\}|"[^"]*"|\b(?:by|on|without|ignoring)\s*\([^)]*\)/g, ' ').matchAll(/[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)]
    .map(([name]) => name).filter((name) => !/^(and|or|unless|bool|offset|by|on|[smhdwy]|__rate_interval)$/.test(name));

describe('deploy', () => {
  const api = useApi();
  let types: Map<string, string>;
  let known: Set<string>;

  beforeAll(async () => {
    const response = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${api.keys.viewer}` } });
    types = typesOf(await response.text());
    known = new Set([...types].flatMap(([name, type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])));
  });

  test('rules use the metrics of a service, or what other rules record', () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    const used = new Set(rules.flatMap(({ expr }) => namesIn(expr)));
    expect(used.size).toBeGreaterThan(12);
    expect([...used].filter((name) => name !== 'up' && !known.has(name) && !recorded.includes(name))).toEqual([]);
  });

  test('every alert has a severity, what it means and what to type, and is seen to fire and to stay quiet', () => {
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    expect(alerts.length).toBeGreaterThan(12);
    const tests = ['rules', 'months'].flatMap((name) => (parse(read(`deploy/prometheus/${name}.test.yml`)) as RuleTests).tests)
      .flatMap((each) => each.alert_rule_test);
    for (const { alert, labels, annotations } of alerts) {
      expect(['warning', 'critical'], alert).toContain(labels?.severity);
      expect(annotations?.summary, alert).toMatch(/\.$/);
      expect(annotations?.description, alert).toMatch(/\.\/monthend|GET \/readyz/);
      expect(tests.some(({ alertname, exp_alerts: fired }) => alertname === alert && fired.length > 0), `${alert} fires`).toBe(true);
    }
  });

  test('panels use the metrics of a service, each says what it shows, and none lies on another', () => {
    expect(dashboard).toMatchObject({ uid: 'monthend', schemaVersion: expect.any(Number) as number });
    const used = new Set(dashboardExpressions.flatMap(namesIn));
    expect(used.size).toBeGreaterThan(25);
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
    const taken = new Map<string, string>();
    for (const { type, title, description, targets, gridPos: { x, y, w, h } } of dashboard.panels) {
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken.get(`${column},${line}`), title).toBeUndefined();
          taken.set(`${column},${line}`, title);
        }
      }
      if (type === 'row') continue;
      expect(description, title).toMatch(/\.$/);
      expect(targets?.length, title).toBeGreaterThan(0);
    }
  });

  test('promtool reads every expression of the dashboard', ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    try {
      const expressions = dashboardExpressions.map((expr, n) => ({
        record: `panel:expression:${n}`, expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$ledger', '.*'),
      }));
      writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'dashboard', rules: expressions }] }));
      const checked = promtool(['check', 'rules', join(folder, 'rules.yml')]);
      if (checked === undefined) console.error('Skipped: promtool check rules (promtool is not installed).');
      skip(checked === undefined);
      expect(checked).toMatchObject({ code: 0, said: expect.stringContaining(`${expressions.length} rules found`) as string });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('docs/deployment.md has every metric that is ours, with its type', () => {
    const table = new Map([...read('docs/deployment.md').matchAll(/^\| `(monthend_\w+)`[^|]*\| (\w+) \|/gm)].map(([, name = '', type = '']) => [name, type]));
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries([...types].filter(([name]) => name.startsWith('monthend_'))));
  });
});
