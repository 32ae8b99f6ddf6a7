// What all pages need: Airflow's theme, times in the person's zone, pages that follow a run, and calls.
"use strict";

function theme() {
  const chosen = localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme =
    chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
}

function zone() {
  const chosen = (localStorage.getItem("timezone") || "").replaceAll('"', "");
  try {
    return new Intl.DateTimeFormat(undefined, { timeZone: chosen }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function localTimes(root) {
  const format = new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium", timeStyle: "medium", timeZone: zone(),
  });
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.title = time.textContent;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

async function refresh(part) {
  const asked = fetch(location.href, { headers: { accept: "text/html" } });
  const answer = await asked.catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  localTimes(fresh);
  if (fresh.textContent !== part.textContent) part.replaceWith(fresh);
}

async function follow() {
  const live = document.querySelector("[data-live]");
  if (live) await refresh(live);
  setTimeout(follow, 2000);
}

async function call(method, url, body) {
  const answer = await fetch(url, {
    method, headers: { "content-type": "application/json" }, body: JSON.stringify(body || {}),
  }).catch(() => { throw new Error("The connection was lost. Try again."); });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || `The server answered ${answer.status}.`);
  return said;
}

theme();
addEventListener("storage", theme);
localTimes(document);
setTimeout(follow, 2000);
