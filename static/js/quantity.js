/* The arrow keys step a quantity. It is a text field, since a turn of the wheel over a number field changes what stands in it
   while the shopper means the page. Stepping ends at 1: nothing leaves the cart but by its button or a 0 that was typed. */

const STEPS = { ArrowUp: 1, ArrowDown: -1 };

addEventListener("keydown", (event) => {
  const { target: field, key } = event;
  const step = STEPS[key];
  const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing);
  if (!step || !isPlain || !field.matches?.("input[data-most]")) return;
  event.preventDefault(); // the caret stays
  const value = String(Math.max(1, Math.min((parseInt(field.value, 10) || 0) + step, Math.max(1, field.dataset.most))));
  if (value === field.value) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
