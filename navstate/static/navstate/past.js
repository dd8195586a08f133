/* An entry that the server leads elsewhere (a login that is done, a stage of an order that is placed) takes no press of
   Back: where Back would end at the page that was just left, it goes on to the one before. No entry is made, and Forward
   stays as it is. An entry keeps in its state what page it was made for, and where its run through a flow begins: that is
   gone to at once. */

import { at, place, recall, remember, where } from "./entries.js";

const { classList, dataset } = document.documentElement;
const MISTAKEN_MS = 3000; // a page that could not be left is shown again; the one before may take its time to come
const SENT_MS = 5000;

// A browser forgets the state of an entry that was led elsewhere.
const [loaded] = performance.getEntriesByType("navigation");
const isLed = loaded?.type === "back_forward" && !history.state?.past;

// Where the page before has sent this tab back to. Not for long: Firefox loses what a page out of its memory writes.
const [goesTo, sentAt] = (recall("nav-goes") ?? "").split(" ");
let isSent = goesTo && !history.state?.past && Date.now() - sentAt < SENT_MS;
remember("nav-goes", "");

let isWithin = false; // the last step led from one entry of this page to another
const index = () => at?.index; // nobody counts entries where the other script did not arrive

if (isSent && at) {
  at.index = +goesTo; // an entry that was led elsewhere looks new, and Forward from it would look like Back
  place(false, {});
}

/** Not by `activation.entry`: it is at -1 once the state of its entry was written, so that Forward looks like Back. */
function isBack() {
  const { navigationType, from } = (!isWithin && window.navigation?.activation) || {};
  if (navigationType === "traverse" && from) return from.index > window.navigation.currentEntry.index;
  return isSent || where().direction === "back";
}

function isPast(path) {
  if (!dataset.navShown || !isBack() || path !== recall("nav-left")) return false;
  return history.state?.past?.path !== path && (window.navigation?.canGoBack ?? index() > 1);
}

/** What is gone past was not looked at: the page that was left stays the one before. */
function send(to) {
  const left = recall("nav-left");
  remember("nav-goes", `${to} ${Date.now()}`);
  addEventListener("pagehide", () => remember("nav-left", left), { once: true });
}

// Entries that were not counted lie in between at most, so that this never goes too far.
function goPast() {
  const run = history.state?.past?.run ?? recall("nav-run")?.split(" ")[3];
  classList.add("nav-past"); // whatever the check of this page finds
  setTimeout(() => classList.remove("nav-past"), MISTAKEN_MS);
  const steps = Math.min(run - index(), -1) || -1;
  send(index() + steps);
  history.go(steps);
}

/** The run that the page before was in goes on here: the same flow, the next entry, and not its first stage again.
    A page of no flow ends it, so that no page that was looked at in between is gone past with it. */
function runs() {
  const [flow, first, last, run] = (recall("nav-run") ?? "").split(" ");
  const goesOn = flow === dataset.navFlow && index() - last <= 1 && first !== dataset.navStage;
  return goesOn ? [first, +run] : [dataset.navStage, index()];
}

function note() {
  const [first, run] = runs();
  const past = history.state?.past ?? { path: location.pathname, first, run };
  try {
    if (!isLed) history.replaceState({ ...history.state, past }, "");
  } catch {} // too often
  remember("nav-run", [dataset.navFlow, past.first, index(), past.run].join(" "));
}

const arrive = () => (isPast(location.pathname) ? goPast() : note());

addEventListener("nav-go", (event) => {
  if (where().direction === "back") send(index()); // what is loaded in its place may be led elsewhere yet
  if (!isPast(event.detail.pathname)) return;
  event.preventDefault();
  goPast();
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  classList.remove("nav-past");
  isSent = isWithin = false;
  remember("nav-goes", "");
  arrive();
});
addEventListener("popstate", () => {
  isWithin = true;
  isSent = false;
});
addEventListener("hashchange", note); // an entry for a place on the page is one of the page
arrive();
