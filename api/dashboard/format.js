// Texts for people. Money and large counts come as text and stay text.

const grouped = new Intl.NumberFormat('en');
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

export const none = '–';

const given = (format) => (value) => (value === null || value === undefined || value === '' ? none : format(value));

export const count = given((value) => grouped.format(BigInt(Math.round(Number(value)))));
export const rate = given((value) => `${count(value)}/s`);
export const percent = given((value) => `${Number(value).toFixed(Number(value) < 10 && Number(value) % 1 !== 0 ? 1 : 0)} %`);
export const clock = given((value) => time.format(new Date(value)));
export const minute = given((value) => shortTime.format(new Date(value)));
export const date = given((value) => `${day.format(new Date(value))}, ${shortTime.format(new Date(value))}`);

const isCurrency = /^[A-Z]{3}$/;
const minorUnitOf = (currency) => (isCurrency.test(currency ?? '')
  ? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits : 0);

/** An amount as it was sent, in groups of three; of its decimals no zeros beyond the minor unit of its currency. */
export const money = (value, currency) => {
  if (value === null || value === undefined || value === '') return none;
  const [whole, sent = ''] = String(value).split('.');
  const least = minorUnitOf(currency);
  const fraction = sent.slice(0, least) + sent.slice(least).replace(/0+$/, '');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction === '' ? '' : `.${fraction}`);
};

/** A number of something, whose name is a plural: 1 batch, 2 batches, 3 transactions/s. */
export const amountOf = (value, unit) => `${count(value)} ${Number(value) === 1 ? ({ batches: 'batch' }[unit] ?? unit.replace(/s$/, '')) : unit}`;

const two = (number) => String(number).padStart(2, '0');

/** Seconds as 0.42 s, 12.3 s, 4 min 05 s, 1 h 04 min. */
export const duration = given((value) => {
  const seconds = Number(value);
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
});

/** The same without a fraction, as 12 s, 2 min, 1 min 30 s: for scales and budgets. */
export const roughly = given((value) => {
  const seconds = Number(value);
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  return duration(Math.round(seconds)).replace(/ 00 (s|min)$/, '');
});

export const milliseconds = given((value) => (Number(value) < 10_000 ? `${grouped.format(Number(value))} ms` : duration(Number(value) / 1000)));

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export const bytes = given((value) => {
  let size = Number(value);
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
});

export const bytesPerSecond = given((value) => `${bytes(value)}/s`);
