import { html } from '/assets/lit-html.js';
import { duration } from '../format.js';

// A batch as one bar of its phases: the same phase always has the same tone.

const tones = [0.55, 0.3, 0.3, 1, 0.75, 0.45, 0.9, 0.3];

const describe = (batch) => batch.phases.filter(({ seconds }) => seconds !== null)
  .map(({ phase, name, seconds }) => `${phase} ${name} ${duration(seconds)}`).join(', ');

/** As long as the batch took, beside the longest; undefined: all have the same length. */
export const timelineBar = (batch, longest) => html`<span class="timeline" role="img" aria-label=${describe(batch)} title=${describe(batch)}
  .style=${`--width:${longest === undefined ? 100 : (100 * Number(batch.elapsed_seconds)) / longest}%`}>${batch.phases.map(({ phase, seconds }) => html`<i
    .style=${`--part:${seconds ?? 0};--tone:${tones[phase - 1]}`}></i>`)}</span>`;

const shown = [[1, 'pre-flight'], [4, 'processing'], [5, 'per-worker validation'], [6, 'pre-commit']];

export const timelineLegend = () => html`<span class="legend">${shown.map(([phase, name]) => html`<span><i .style=${`--tone:${tones[phase - 1]}`}></i>${name}</span>`)}</span>`;
