// Starting an export.
"use strict";

const form = document.querySelector("#export");
if (form) {
  const button = form.querySelector("button");
  const told = form.querySelector("#told");
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await call("POST", form.dataset.api, { complete: form.elements.complete.checked });
      told.textContent = "The export was started. Its files appear here when it has ended.";
      document.querySelector("#runs").dataset.live = "";
    } catch (fault) {
      told.textContent = fault.message;
      button.disabled = false;
    }
  });
}
