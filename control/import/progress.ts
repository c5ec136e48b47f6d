import type { ImportProgress } from './import-file.ts';

interface ImportProgressView {
  readonly show: (progress: ImportProgress) => void;
  readonly end: () => void;
}

const intervalMs = { terminal: 200, log: 5000 } as const;

function textOf(file: string, progress: ImportProgress, totalBytes: number | undefined, seconds: number): string {
  const lines = `${progress.lines.toLocaleString('en')} lines`;
  if (progress.stage === 'loading') return `${file}: ${lines} read in ${seconds.toFixed(1)} s, checking and loading`;
  const share = totalBytes ? `${Math.floor((100 * progress.bytes) / totalBytes)} %, ` : '';
  const rate = seconds > 0 ? `, ${Math.round(progress.lines / seconds).toLocaleString('en')}/s` : '';
  return `${file}: ${share}${lines}${rate}`;
}

/**
 * Shows on stderr how far a file is: one line that is drawn again on a terminal; elsewhere a line every
 * five seconds, so that a small file leaves no trace in a log.
 */
export function createImportProgress(file: string, totalBytes: number | undefined): ImportProgressView {
  const isTerminal = process.stderr.isTTY;
  const startedAt = performance.now();
  let shownAt = isTerminal ? -Infinity : startedAt;
  return {
    show(progress) {
      const now = performance.now();
      const waits = progress.stage === 'reading' || !isTerminal;
      if (waits && now - shownAt < (isTerminal ? intervalMs.terminal : intervalMs.log)) return;
      shownAt = now;
      const text = textOf(file, progress, totalBytes, (now - startedAt) / 1000);
      process.stderr.write(isTerminal ? `\r\x1b[K${text.slice(0, process.stderr.columns - 1)}` : `${text}\n`);
    },
    end() {
      if (isTerminal) process.stderr.write('\r\x1b[K');
    },
  };
}
