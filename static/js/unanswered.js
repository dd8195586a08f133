/* Which pages of this browser sent something and have no answer yet. Noted when it is sent, for a page that is closed may have no
   time to. In localStorage, as the page that is there then may be in another tab; it lapses by time, since nobody can know that
   an aborted request will not be written. */

const NAME = "under-way"; // until when, by the page that sent it
const OWN = "sent"; // in sessionStorage: the page of this tab that sent a form as a document
const LIMIT_MS = 30_000; // longer than any request may take
const me = Math.random().toString(36).slice(2);

export const isNote = ({ key }) => key === NAME;

// Storage may be full or forbidden: then a late answer is seen at the next look.
function read() {
  try {
    const all = Object.entries(JSON.parse(localStorage.getItem(NAME)) ?? {});
    return Object.fromEntries(all.filter(([, until]) => until > Date.now() && until <= Date.now() + LIMIT_MS));
  } catch {
    return {};
  }
}

function write(all) {
  if (Object.keys(all).length) localStorage.setItem(NAME, JSON.stringify(all));
  else localStorage.removeItem(NAME);
}

export const isAnyUnderWay = () => Object.keys(read()).length > 0;

/** `isForm`: the tab's next page may be the answer. */
export function note(isForm) {
  try {
    write({ ...read(), [me]: Date.now() + LIMIT_MS });
    if (isForm) sessionStorage.setItem(OWN, me);
  } catch {}
}

export function forget(page = me) {
  try {
    const all = read();
    delete all[page];
    write(all);
  } catch {}
}

/** This page is the answer to the form that the one before it sent, if a redirect led to it: every form is answered with one. */
export function forgetAnswered() {
  const [{ type, redirectCount }] = performance.getEntriesByType("navigation");
  if (type !== "navigate" || !redirectCount) return;
  try {
    forget(sessionStorage.getItem(OWN));
    sessionStorage.removeItem(OWN);
  } catch {}
}
