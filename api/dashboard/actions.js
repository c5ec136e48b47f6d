import { html, nothing, render } from '/assets/lit-html.js';
import { change, load } from './api.js';
import { ledgerHere, link } from './link.js';
import { dialog } from './ui.js';

// What changes a batch: each asks first, and says what will happen.

const changed = (path) => dispatchEvent(new CustomEvent('changed', { detail: { path } }));
const livePath = (batch) => link('/', { batch: batch.batch_id }, batch.ledger_id);

export function closeDialogs() {
  for (const open of document.querySelectorAll('dialog[open]')) open.close();
}

/** Asks, does, says what went wrong. `run` gets the form's values and a key that stays the same while it is tried. */
function ask({ title, text, fields = nothing, button, danger = false, run }) {
  const key = crypto.randomUUID();
  dialog(title, (close) => {
    const submit = async (event) => {
      event.preventDefault();
      const form = event.currentTarget;
      const send = form.querySelector('[type=submit]');
      const problem = form.querySelector('.problem');
      send.disabled = true;
      render(nothing, problem);
      try {
        const path = await run(new FormData(form), key);
        close();
        changed(path);
      } catch (error) {
        render(html`<strong>${error.message}</strong>${error.detail ? html`<br>${error.detail}` : nothing}${error.nextStep ? html`<br>${error.nextStep}` : nothing}`, problem);
        send.disabled = false;
      }
    };
    return html`<form @submit=${submit}><p>${text}</p>${fields}<p class="problem" role="alert"></p>
      <div class="buttons"><button type="button" class="button" @click=${close}>${danger ? 'Leave it' : 'Not now'}</button>
        <button type="submit" class="button ${danger ? 'danger' : 'primary'}">${button}</button></div></form>`;
  });
}

const numberField = (name, label, { value = '', max = 250, hint = '' } = {}) => html`
  <label>${label}<input name=${name} type="number" min="1" max=${max} .value=${String(value)} inputmode="numeric"></label>
  ${hint === '' ? nothing : html`<p class="hint">${hint}</p>`}`;

const numberOf = (form, name) => (form.get(name) ? { [name]: Number(form.get(name)) } : {});

/** The first month that may be closed, to begin with. */
async function nextPeriod(ledger) {
  const periods = await load('/periods', { ledger }).catch(() => []);
  return periods.filter(({ state }) => state === 'OPEN').at(-1)?.period ?? '';
}

export async function startDialog(ledger = ledgerHere()) {
  const period = await nextPeriod(ledger);
  ask({
    title: `Close a month of ledger ${ledger}`, button: 'Start the close',
    text: 'The batch runs through its eight phases; readers see nothing of it before its commit, and it can be cancelled until then.',
    fields: html`
      <label>Period<input name="period" required pattern="\\d{4}-(0[1-9]|1[0-2])" placeholder="2003-02" .value=${period} autocomplete="off"></label>
      ${numberField('sessions', 'Sessions', { hint: 'Database sessions that work side by side; empty: as the service was started.' })}
      <label class="check"><input type="checkbox" name="dry_run"> Dry run: validates, posts nothing</label>
      <label class="check"><input type="checkbox" name="supplement"> Supplement: what came late to a closed month</label>`,
    run: async (form, key) => livePath(await change('/batches', {
      period: form.get('period'), ledger, ...numberOf(form, 'sessions'), dry_run: form.has('dry_run'), supplement: form.has('supplement'),
    }, { key })),
  });
}

const onBatch = (batch, action) => [`/batches/${batch.batch_id}/${action}`, { ledger: batch.ledger_id }];

export function cancelDialog(batch) {
  const [path, query] = onBatch(batch, 'cancel');
  ask({
    title: `Cancel ${batch.batch_id}?`, button: 'Cancel the batch', danger: true,
    text: 'What it has staged is taken away and its period is open again. Its row, events and results stay.',
    run: async () => {
      await change(path, {}, { query });
      return livePath(batch);
    },
  });
}

export function resumeDialog(batch) {
  const [path, query] = onBatch(batch, 'resume');
  ask({
    title: `Resume ${batch.batch_id}?`, button: 'Resume',
    text: 'It goes on after its last checkpoints; failed workers get another try.', fields: numberField('sessions', 'Sessions'),
    run: async (form) => {
      await change(path, numberOf(form, 'sessions'), { query });
      return livePath(batch);
    },
  });
}

export function scaleDialog(batch) {
  const [path, query] = onBatch(batch, 'scale');
  ask({
    title: `Sessions of ${batch.batch_id}`, button: 'Scale',
    text: 'More sessions begin at once; fewer end as soon as they have finished their chunk.',
    fields: numberField('sessions', 'Sessions', { value: batch.wanted_sessions ?? '' }),
    run: async (form) => {
      await change(path, numberOf(form, 'sessions'), { query });
      return livePath(batch);
    },
  });
}
