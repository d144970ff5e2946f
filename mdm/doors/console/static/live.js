"use strict";

// Asks every two seconds for the parts of a page that change, and puts them in their places.
// A hidden page does not ask; a lost connection is shown and healed by the next answer.
(() => {
  const PAUSE = 2000;
  const source = document.querySelector("[data-live]");
  const pulses = document.querySelectorAll("[data-pulse]");

  function place(parts) {
    for (const [name, drawn] of Object.entries(parts)) {
      const part = document.querySelector(`[data-part="${name}"]`);
      if (part && part.dataset.drawn !== drawn) {
        part.innerHTML = drawn;
        part.dataset.drawn = drawn;
      }
    }
  }

  function show(alive) {
    pulses.forEach((pulse) => pulse.classList.toggle("pulse-lost", !alive));
  }

  async function ask() {
    // "manual": when the sign-in is over, the answer leads elsewhere and we stop asking.
    const answer = await fetch(source.dataset.live, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") {
      show(false);
      return false;
    }
    if (answer.ok) place((await answer.json()).parts);
    show(answer.ok);
    return answer.status !== 404;
  }

  async function again() {
    let goOn = true;
    if (!document.hidden) {
      try {
        goOn = await ask();
      } catch {
        show(false);
      }
    }
    if (goOn) setTimeout(again, PAUSE);
  }

  document.querySelectorAll("[data-select-all]").forEach((field) => {
    field.addEventListener("focus", () => field.select());
  });
  if (source) setTimeout(again, PAUSE);
})();
