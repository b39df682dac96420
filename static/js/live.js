// Renews the part of the page marked data-live once a second, until it says it is finished.
// Without this script the page has a link that does the same.
"use strict";

const SECOND = 1000;

async function renew() {
  const part = document.querySelector("[data-live]");
  try {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("[data-live]");
    if (answer.ok && next) {
      part.replaceWith(next);
    }
  } catch (error) {
    // No connection for the moment: the next second may have one.
  }
  schedule();
}

function schedule() {
  const part = document.querySelector("[data-live]");
  if (part && part.dataset.live === "running") {
    window.setTimeout(renew, SECOND);
  }
}

schedule();
