// Prints the month that a nightly job has to close, in the zone of TZ, and nothing on other nights:
//   period-to-close.ts [INSTANT]
// A run begins at 23:00 of the month's last day; six hours back, a run that is late or tried again
// after midnight still is in that month.
const lateHours = 6;

const at = new Date(process.argv[2] ?? Date.now());
at.setHours(at.getHours() - lateHours);
const lastDay = new Date(at.getFullYear(), at.getMonth() + 1, 0).getDate();
if (at.getDate() === lastDay) {
  console.log(`${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}`);
}
