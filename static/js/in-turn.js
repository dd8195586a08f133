/* What a form asks for while an answer to it is under way. A field whose change sends its form is changed by a click on the
   button as well, and both would be sent, one after the other: what was asked for last is not asked for again. Something else
   waits its turn, and by then what is under way will be what was there before. */
let asked = new WeakMap();

addEventListener("htmx:config:request", (event) => {
  const { sourceElement: form, request } = event.detail.ctx;
  if (request.method !== "POST") return;
  const sent = new URLSearchParams(request.body);
  const last = sent.toString();
  const earlier = asked.get(form);
  if (!earlier) asked.set(form, { first: sent, last });
  else if (earlier.last === last) event.preventDefault();
  else {
    earlier.last = last;
    const first = earlier.first.get("quantity");
    if (sent.has("was") && /^\d\d?$/.test(first)) request.body.set("was", first);
  }
});

addEventListener("htmx:finally:request", ({ detail }) => asked.delete(detail.ctx.sourceElement));

// A page that comes back waits for nothing.
addEventListener("pageshow", () => (asked = new WeakMap()));
