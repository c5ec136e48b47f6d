/** A whole number with its thousands apart; – where it is not known. */
export const count = (value: number | null): string => (value === null ? '–' : Math.round(value).toLocaleString('en'));

/** Seconds as 7:21 or 1:07:21. */
export function clock(seconds: number | null): string {
  if (seconds === null) return '–';
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${pad(whole % 60)}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

/** Bytes in the largest unit that leaves a whole. */
export function bytes(value: number | null): string {
  if (value === null) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${(value / 1000 ** power).toFixed(power > 1 && value / 1000 ** power < 10 ? 1 : 0)} ${units[power]}`;
}

/** A share of a hundred; – where it is not known. */
export const percent = (value: number | null): string => (value === null ? '–' : `${value} %`);

/** A command to type, for a ledger: commands mean ledger 1 unless told otherwise. */
export const typed = (command: string, ledgerId: number): string =>
  `./monthend ${command}${ledgerId === 1 ? '' : ` --ledger ${ledgerId}`}`;

/** Text of files and rows without what a terminal would obey. */
export const printable = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');

/** The local time of day of an ISO time. */
export const timeOfDay = (iso: string | null): string => (iso === null ? '–' : new Date(iso).toTimeString().slice(0, 8));

/** Columns that a text takes; colour codes take none. */
export const columnsOf = (text: string): number => [...text.replace(/\x1b\[[0-9;]*m/g, '')].length;

/** Text cut to at most so many columns, with an ellipsis where something is missing, its colour codes kept. */
export function cut(text: string, most: number): string {
  if (columnsOf(text) <= most) return text;
  let left = most;
  return text.replace(/(\x1b\[[0-9;]*m)|./gsu, (char, code: string | undefined) => {
    if (code !== undefined) return code;
    left -= 1;
    return left > 0 ? char : left === 0 ? '…' : '';
  });
}

/** Text cut and filled to so many columns. */
export const fit = (text: string, width: number): string => cut(text, width) + ' '.repeat(Math.max(0, width - columnsOf(text)));
