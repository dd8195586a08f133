/* Two clicks on a slow form are two POSTs. The second submit of a form is ignored while its first is under way. Buttons are
   never disabled: a disabled one is still dead when Back brings the page out of the browser's memory, and it loses the name
   and value that it would send. After 300 ms the pressed button shows that something is happening. After 20 s a form may be
   sent again: the shopper may have stopped the first one, and the server applies it once anyway. */

const PATIENCE_MS = 300;
const LIMIT_MS = 20_000;
const underWay = new Map();

function begin(form, button) {
  const limit = setTimeout(() => end(form), LIMIT_MS);
  const timer = setTimeout(() => {
    button?.setAttribute("data-busy", "");
    const live = document.getElementById("live");
    if (live) live.textContent = live.dataset.busy ?? "";
  }, PATIENCE_MS);
  underWay.set(form, { button, timer, limit });
}

function end(form) {
  const { button, timer, limit } = underWay.get(form) ?? {};
  clearTimeout(timer);
  clearTimeout(limit);
  button?.removeAttribute("data-busy");
  underWay.delete(form);
}

addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (underWay.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    begin(form, event.submitter);
    // Another listener may have taken it over (htmx), or validation may have stopped it: then this page stays.
    setTimeout(() => {
      if (event.defaultPrevented && !form.matches("[hx-post]")) end(form);
    });
  },
  { capture: true },
);

addEventListener("htmx:finally:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  for (const form of [...underWay.keys()]) {
    if (!form.isConnected || form === source || form.contains(source)) end(form);
  }
});

addEventListener("pageshow", () => {
  for (const form of [...underWay.keys()]) end(form);
});
