/* How far each entry of this tab's history was scrolled. Where htmx restores an entry of the same document, the browser
   (without the Navigation API) scrolls before the page is there again, and stops at the end of a shorter one. So the place
   is kept here too, and gone to once the page is there. In sessionStorage when the document goes, for it may be another one
   that comes back; it holds ids that mean nothing elsewhere, and pixels. */

const NAME = "places";
const MOST = 50; // entries
let places = new Map();
let awaited = null;

function entry() {
  return history.state?.nav?.id;
}

// Storage may be full or forbidden: then the place is forgotten with the document.
try {
  places = new Map(JSON.parse(sessionStorage.getItem(NAME) ?? "[]"));
} catch {}

function arrive() {
  const place = awaited && places.get(awaited);
  awaited = null;
  if (place !== undefined && place !== null) scrollTo({ top: place, behavior: "instant" });
}

function note() {
  const id = entry();
  if (awaited || !id) return;
  places.delete(id); // and to the end, as the latest
  places.set(id, Math.round(scrollY));
}

addEventListener("scroll", note, { passive: true });
document.addEventListener("htmx:before:swap", note); // it may push; the event for the last bit of scrolling is not there yet

addEventListener("popstate", () => {
  awaited = entry();
});

addEventListener("pagehide", () => {
  try {
    sessionStorage.setItem(NAME, JSON.stringify([...places].slice(-MOST)));
  } catch {}
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request?.headers?.["HX-History-Restore-Request"]) arrive();
});
addEventListener("nav-refresh", arrive, { capture: true }); // navstate has taken over what the address shows
