import { html, nothing } from '/assets/lit-html.js';
import { change } from '../api.js';

/** Asks for a key and exchanges it for a session of this browser. */
export default function login({ show, done }) {
  const send = async (event) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get('key').trim();
    try {
      await done(await change('/session', {}, { headers: { authorization: `Bearer ${key}` } }));
    } catch (error) {
      page(error);
    }
  };
  const page = (error) => show(html`<div class="empty login"><h1>Who is looking?</h1>
    <form @submit=${send}>
      <label>API key<input name="key" type="password" required autocomplete="current-password" autofocus></label>
      <p class="problem" role="alert">${error === undefined ? nothing : html`<strong>${error.message}</strong> ${error.nextStep}`}</p>
      <div class="buttons"><button class="button primary">Log in</button></div>
    </form>
    <p class="muted">On the machine of the service the link that <code>./monthend serve</code> prints lets one browser in.
      Elsewhere: <code>./monthend key create NAME --role viewer</code>. The key is not kept here; the session ends after twelve hours.</p></div>`);
  page();
}
