/* A notice claims something, and is looked at again as the rest of its page is (docs/navigation.md, R9). One that was on the
   screen goes with its page. On a page that stays, those of one person are taken over with the page (navstate/refresh.js), what
   is said of the cart is static/js/claims.js. What came while nobody looked waits to be read. */

const read = new WeakMap(); // what it said when it was on the screen
let unread = [];

const isRead = (notice) => read.get(notice) === notice.textContent;

function present() {
  const spoken = ["live", "trouble"].map((id) => document.getElementById(id)).filter((place) => place?.textContent);
  return [...document.querySelectorAll("#added > .notice, .notices"), ...spoken];
}

export function leave(notice) {
  if (!isRead(notice)) return;
  if (notice.id) notice.textContent = "";
  else notice.remove();
}

function see() {
  for (const notice of present()) read.set(notice, notice.textContent);
  unread = [];
}

function note() {
  if (!document.hidden) see();
  else unread = present().filter((notice) => !isRead(notice));
}

document.addEventListener("htmx:finally:request", () => {
  const live = document.getElementById("live");
  if (live && live.textContent === live.dataset.busy) live.textContent = ""; // "One moment …": it is over
  note();
});
document.addEventListener("visibilitychange", () => document.hidden && see()); // until now they were to be seen

addEventListener("pagehide", () => {
  note();
  present().forEach(leave);
});

// The page is what the server shows now.
addEventListener(
  "nav-refresh",
  () => {
    for (const each of unread) if (!each.isConnected) document.getElementById("main")?.prepend(each);
    for (const each of present()) if (each.id) leave(each);
  },
  { capture: true },
);

note();
