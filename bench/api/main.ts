import { inPlace, runCommand, tell } from '../in-place.ts';
import { parseOptions } from './options.ts';
import { printLoad } from './print.ts';
import { runLoad } from './run.ts';

await runCommand(async () => {
  const options = parseOptions(process.argv.slice(2));
  const result = await inPlace(options.transactions, (place, signal) => runLoad(place, options, signal, tell));
  if (options.json) console.log(JSON.stringify(result));
  else printLoad(result);
});
