/* What was typed into a form and never sent is there again, however the page is reached in this tab: Back, a reload, another
   language, the way over the login. Kept by attempt and stage. It goes when it is sent, when the attempt ends and when the
   account is left, in this tab or in another. Passwords and card numbers are not kept. */

import { changes, fields, show } from "./draft-fields.js";
import { read, sweep, write } from "./draft-store.js";

const ACCOUNT = "nav-account"; // in localStorage: the mark of the account that this browser was last seen with
const touched = new WeakSet(); // by the shopper, since the page is there
const sent = new WeakSet(); // and not typed into since
const stored = new WeakSet(); // when the page went

const page = () => document.documentElement.dataset;
const forms = () => [...document.forms].filter((form) => generation(form) && fields(form).length);
const generation = (form) => form.querySelector("[name^=nav_generation_]")?.name;
const attempt = (form) => form.elements.nav_attempt?.value ?? page().navAttempt ?? "";
const keyOf = (form, of = attempt(form)) => [of, page().navStage, form.dataset.testid].join(" ");

/** The account that this page is of, empty for a guest; of a public page, the one that this browser was last seen with. */
function account(isNews) {
  const mine = page().navShown?.split(".")[3];
  try {
    if (isNews && mine !== undefined) localStorage.setItem(ACCOUNT, mine);
    return localStorage.getItem(ACCOUNT) ?? mine;
  } catch {
    return mine;
  }
}

/** Drops what has gone. `isNews`: the server sent this page just now, so it says whose it is and which attempt is open. */
function tidy(isNews) {
  const [who, { navFlow, navAttempt, navEnded }] = [account(isNews), page()];
  const isLedOn = isNews && performance.getEntriesByType("navigation")[0].type === "navigate";
  const here = forms();
  const stays = (isMine) => ([key, draft]) => {
    const isOver = isNews && draft.flow === navFlow && draft.attempt && (draft.attempt !== navAttempt || navEnded !== undefined);
    const isLeft = draft.account && who !== undefined && draft.account !== who;
    const hasArrived = isMine && draft.sent && isLedOn && !here.some((form) => find({ [key]: draft }, form));
    if (isMine) draft.account ||= who; // a guest who logged in
    return !(isOver || isLeft || hasArrived);
  };
  sweep((drafts, isMine) => Object.fromEntries(Object.entries(drafts).filter(stays(isMine))));
}

function find(drafts, form) {
  const draft = drafts[keyOf(form)] ?? drafts[keyOf(form, "")]; // nothing was known of this visitor then
  return draft && (!draft.sent || draft.sent === generation(form)) ? draft : undefined;
}

function save() {
  const [drafts, who] = [read(), account()];
  const mine = page().navShown?.split(".")[3];
  if (mine === undefined || mine !== who) return; // logged out in another tab
  const open = forms().filter((form) => !sent.has(form));
  for (const form of open) note(drafts, form, who);
  if (write(drafts)) for (const form of open) if (drafts[keyOf(form)]) stored.add(form);
}

function note(drafts, form, who, also) {
  const values = changes(form);
  delete drafts[keyOf(form, "")];
  delete drafts[keyOf(form)];
  if (Object.keys(values).length)
    drafts[keyOf(form)] = { account: who, flow: page().navFlow, attempt: attempt(form), values, at: Date.now(), ...also };
}

function arrive(isBack) {
  if (isBack) tidy(false);
  const drafts = read();
  for (const form of forms()) {
    const draft = find(drafts, form);
    if (sent.has(form) || (touched.has(form) && !isBack)) continue;
    if (draft) {
      delete draft.sent;
      show(form, draft.values);
    } else if (isBack && stored.delete(form)) form.reset(); // sent from another entry meanwhile
  }
  write(drafts);
}

addEventListener("input", ({ target: { form }, isTrusted }) => {
  if (!form) return;
  sent.delete(form);
  if (isTrusted) touched.add(form);
});
addEventListener("submit", (event) => {
  const form = event.target;
  if ("logout" in form.dataset) return sweep(() => ({}));
  if (event.defaultPrevented || !forms().includes(form)) return;
  const drafts = read();
  note(drafts, form, account(), { sent: generation(form) }); // it may never arrive
  write(drafts);
  sent.add(form);
});
addEventListener("storage", ({ key }) => key === ACCOUNT && tidy(false));
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => document.hidden && save());
// Chromium puts back what it kept itself only after the page has loaded.
addEventListener("pageshow", ({ persisted }) => arrive(persisted));
tidy(true);
arrive(false);
