// Loaded before the control plane in its process: writes the most resident memory it has had, in
// bytes, to file descriptor 3 when the process ends.
import { readFileSync, writeSync } from 'node:fs';

process.on('exit', () => writeSync(3, String(peakBytes())));

// The kernel's high-water mark of this program. getrusage has the parent's memory in it, whose
// image the process was until it became this program.
function peakBytes(): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (found) return Number(found[1]) * 1024;
  } catch {
    // no Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}
