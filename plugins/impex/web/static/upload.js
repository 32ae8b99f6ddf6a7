// Uploading with progress, and starting the run. Nothing can be chosen or pressed before this is loaded.
"use strict";

function tell(form, text) {
  const fault = form.querySelector("#fault");
  fault.textContent = text;
  fault.hidden = !text;
}

function send(url, file, shown) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.upload.onprogress = (event) => { shown.value = event.loaded / (event.total || 1); };
    request.onerror = () => reject(new Error("The connection was lost. Upload the file again."));
    request.onload = () => {
      if (request.status === 200) return resolve();
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* no words were sent */ }
      reject(new Error(said.detail || `The server answered ${request.status}.`));
    };
    request.send(file);
  });
}

async function upload(form, files) {
  const list = form.querySelector("#progress");
  tell(form, "");
  list.replaceChildren();
  try {
    const begun = await call("POST", form.dataset.api);
    const base = `${form.dataset.api}/${begun.upload}`;
    for (const file of files) {
      const line = document.createElement("li");
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.setAttribute("aria-label", file.name);
      line.append(`${file.name} `, bar);
      list.append(line);
      await send(`${base}/files/${encodeURIComponent(file.name)}`, file, bar);
    }
    await call("POST", `${base}/finish`);
    location.href = `${form.dataset.look}/${begun.upload}`;
  } catch (fault) {
    tell(form, fault.message);
  }
}

function choose(form, found, files) {
  const place = form.querySelector("#candidates");
  place.replaceChildren(...found.map((group) => {
    const line = document.createElement("p");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = group.title;
    button.addEventListener("click", () => uploadTo(form, group, files));
    line.append(button, group.leaves.length ? ` does not take ${group.leaves.join(", ")}` : " takes all");
    return line;
  }));
}

function uploadTo(form, group, files) {
  const address = `groups/${encodeURIComponent(group.name)}/uploads`;
  form.querySelector("#candidates").textContent = `Uploading to ${group.title}.`;
  form.dataset.api = `${form.dataset.groups}/api/${address}`;
  form.dataset.look = `${form.dataset.groups}/${address}`;
  return upload(form, files);
}

async function find(form, files) {
  tell(form, "");
  try {
    const names = Array.from(files, (file) => file.name);
    const found = await call("POST", form.dataset.find, { names });
    const whole = found.filter((group) => !group.leaves.length);
    if (!found.length) throw new Error(`No group that you may run takes ${names.join(", ")}.`);
    if (whole.length === 1) return await uploadTo(form, whole[0], files);
    choose(form, whole.length ? whole : found, files);
  } catch (fault) {
    tell(form, fault.message);
  }
}

const form = document.querySelector("#upload");
if (form) {
  const take = form.dataset.find ? find : upload;
  const drop = form.querySelector("#drop");
  const input = form.querySelector("#files");
  input.addEventListener("change", () => take(form, input.files));
  input.disabled = false;
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") take(form, event.dataTransfer.files);
    });
  }
}

const run = document.querySelector("#run");
if (run) {
  const button = run.querySelector("button");
  button.disabled = false;
  run.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    tell(run, "");
    try {
      const boxes = [...run.querySelectorAll("[type=checkbox]")];
      const wish = Object.fromEntries(boxes.map((box) => [box.name, box.checked]));
      const started = await call("POST", run.dataset.api, wish);
      location.href = `${run.dataset.report}?run=${encodeURIComponent(started.run_id)}`;
    } catch (fault) {
      tell(run, fault.message);
      button.disabled = false;
    }
  });
}
