// Says while somebody types whom the office may know already. What is typed goes by POST, to nobody else, and is not kept;
// the same question is asked when the form is sent, so this only comes earlier. An older answer never replaces a newer one.
const ASKED = /^(given_names|family_name|other_names|birth_date.*|stated_age|gender|citizenship|second_citizenship|phone|identity_number)$/;
for (const form of document.querySelectorAll("form[data-same]")) {
  const list = form.querySelector("[data-same-list]");
  let timer = 0;
  let asking = new AbortController();
  let before = "";
  let place = null;
  const ask = async () => {
    const typed = [...new FormData(form)].filter(([name, value]) => ASKED.test(name) && typeof value === "string");
    const body = new URLSearchParams(typed);
    if (!["given_names", "family_name", "other_names", "phone", "identity_number"].some((name) => (body.get(name) ?? "").trim().length > 2)) return;
    if (body.toString() === before) return;
    before = body.toString();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken?.value ?? "");
    body.set("besides", form.dataset.besides ?? "");
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const answer = await fetch(form.dataset.same, { method: "POST", body, signal }).catch(() => null);
    if (!answer || answer.redirected || signal.aborted || !(answer.ok || answer.status === 429)) return;
    const words = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (signal.aborted) return;
    if (place && words.body.children.length) place.after(list);
    list.replaceChildren(...words.body.children);
  };
  form.addEventListener("input", ({ target }) => {
    if (!ASKED.test(target.name ?? "")) return;
    place = target.closest(".block"); // the list comes under what is being typed, where it is seen
    clearTimeout(timer);
    timer = setTimeout(ask, 800);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asking.abort();
  });
}
