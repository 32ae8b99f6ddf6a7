// Forms that ask for something to be done: their fields go as JSON, then the page is shown anew.
// Fields with data-list are numbers that are collected; the button that was pressed says where to.
"use strict";

function enable() {
  for (const button of document.querySelectorAll("form.act button")) button.disabled = false;
}

function fields(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    if ("list" in field.dataset) {
      found[field.name] ||= [];
      if (field.checked) found[field.name].push(Number(field.value));
    } else {
      found[field.name] = field.type === "checkbox" ? field.checked : field.value;
    }
  }
  return found;
}

async function act(form, button) {
  const told = document.querySelector("#told");
  const asked = fields(form);
  button.disabled = true;
  told.className = "";
  try {
    if (asked.ids && !asked.ids.length) throw new Error("Choose at least one row.");
    const done = await call("POST", button.formAction, asked);
    await refresh(document.querySelector("main"));
    told.textContent = done.told;
  } catch (fault) {
    told.className = "fault";
    told.textContent = fault.message;
  }
  enable();
  told.scrollIntoView({ block: "nearest" });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form.act");
  if (!form) return;
  event.preventDefault();
  act(form, event.submitter);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of event.target.form.querySelectorAll("[data-list]")) box.checked = event.target.checked;
});

enable();
