import { inPlace, runCommand, tell } from './in-place.ts';
import { parseOptions } from './options.ts';
import { printResult } from './print.ts';
import { runBench } from './run.ts';

await runCommand(async () => {
  const options = parseOptions(process.argv.slice(2));
  const result = await inPlace(options.transactions, (place, signal) => runBench(place, options, signal, tell));
  if (options.json) console.log(JSON.stringify(result));
  else printResult(result);
});
