/* Where drafts lie: in localStorage, by tab, for a day. Not in sessionStorage: a page out of Firefox's memory sees that as it
   was when the page left, and would bring back what was sent since. Storage may be full or forbidden: then what the browser
   itself keeps has to do. */

const PREFIX = "draft.";
const KEPT_MS = 86_400_000;

function tab() {
  return (sessionStorage["nav-tab"] ||= Math.random().toString(36).slice(2));
}

function parsed(name) {
  const drafts = JSON.parse(localStorage.getItem(name)) ?? {};
  return Object.fromEntries(Object.entries(drafts).filter(([, { at }]) => Date.now() - at < KEPT_MS));
}

function put(name, drafts) {
  if (Object.keys(drafts).length) localStorage.setItem(name, JSON.stringify(drafts));
  else localStorage.removeItem(name);
}

/** The drafts of this tab by form: account, flow, attempt, values, at (ms since the epoch); sent: the generation that was sent. */
export function read() {
  try {
    return parsed(PREFIX + tab());
  } catch {
    return {};
  }
}

/** Returns whether they are kept. */
export function write(drafts) {
  try {
    put(PREFIX + tab(), drafts);
    return true;
  } catch {
    return false;
  }
}

/** `keep(drafts, isMine)`: what stays of the drafts of a tab. Of every tab, since nobody sees one close. */
export function sweep(keep) {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) sweepOne(name, keep);
  } catch {}
}

function sweepOne(name, keep) {
  let drafts = {};
  try {
    drafts = parsed(name);
  } catch {} // written by nobody that we know: it goes
  put(name, keep(drafts, name === PREFIX + tab()));
}
