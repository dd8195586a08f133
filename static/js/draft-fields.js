/* What was typed into the fields of a form: what differs from what the server put in, and putting that in again. */

const SECRET = /^cc-|-password$|^one-time-code$/; // by autocomplete: not kept

/** The fields that a shopper types into or chooses from. */
export function fields(form) {
  return [...form.elements].filter(
    ({ name, type, autocomplete }) =>
      name && !/^(hidden|password|file|submit|button|fieldset)$/.test(type) && !SECRET.test(autocomplete),
  );
}

const isChanged = (field) =>
  field.options
    ? [...field.options].some(({ selected, defaultSelected }) => selected !== defaultSelected) &&
      field.value !== ([...field.options].findLast((option) => option.defaultSelected) ?? field.options[0])?.value
    : /^(checkbox|radio)$/.test(field.type)
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue;

/** What differs from what the server put in: value and check, by name, and by value where several share a name. */
export function changes(form) {
  const isOne = (field) => !/^(checkbox|radio)$/.test(field.type);
  return Object.fromEntries(
    fields(form)
      .filter(isChanged)
      .map((field) => [isOne(field) ? field.name : `${field.name}=${field.value}`, isOne(field) ? field.value : field.checked]),
  );
}

export function show(form, values) {
  if (JSON.stringify(changes(form)) === JSON.stringify(values)) return;
  form.reset();
  for (const field of fields(form)) {
    const [value, checked] = [values[field.name], values[`${field.name}=${field.value}`]];
    if (value === undefined && checked === undefined) continue;
    if (value !== undefined) field.value = value;
    else field.checked = checked;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
