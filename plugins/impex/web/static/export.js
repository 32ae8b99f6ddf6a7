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
    const answer = await fetch(form.dataset.api, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ complete: form.elements.complete.checked }),
    }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    const what = answer ? `The server answered ${answer.status}.` : "The connection was lost. Try again.";
    told.textContent = answer && answer.ok
      ? "The export was started. Its files appear here when it has ended."
      : said.detail || what;
    if (answer && answer.ok) document.querySelector("#runs").dataset.live = "";
    else button.disabled = false;
  });
}
