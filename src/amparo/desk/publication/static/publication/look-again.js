// Looks again every few seconds while the worker is on a release, and shows the page anew once its state has changed.
const note = document.querySelector("[data-look-again]");

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Amparo-Quiet": "1" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-look-again]");
    if (answer.ok && now?.dataset.lookAgain !== note.dataset.lookAgain) {
      location.reload();
      return;
    }
  } catch {
    // offline for a moment: look again later
  }
  setTimeout(look, 4000);
}

if (note) setTimeout(look, 4000);
