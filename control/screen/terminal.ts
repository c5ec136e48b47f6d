import type { Size } from './layout.ts';

/** A whole terminal that is drawn again and again, and put back as it was. */
interface Terminal {
  readonly size: () => Size;
  /** Draws a frame in one write; the same frame is not drawn twice. */
  readonly draw: (lines: readonly string[]) => void;
  readonly close: () => void;
}

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
// terminals that know it show the frame when it is whole
const beginFrame = '\x1b[?2026h\x1b[H';
const endFrame = '\x1b[J\x1b[?2026l';

/** Takes the terminal of stdout; `onResize` is to draw anew. */
export function openTerminal(onResize: () => void): Terminal {
  const { stdout } = process;
  let last = '';
  let isOpen = true;
  const resize = (): void => {
    last = '';
    onResize();
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    stdout.off('resize', resize);
    process.off('exit', close);
    stdout.write(leave);
  };
  stdout.on('resize', resize);
  process.once('exit', close);
  stdout.write(enter);
  return {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    draw: (lines) => {
      const frame = lines.map((line) => `${line}\x1b[K`).join('\r\n');
      if (!isOpen || frame === last) return;
      last = frame;
      stdout.write(beginFrame + frame + endFrame);
    },
    close,
  };
}
