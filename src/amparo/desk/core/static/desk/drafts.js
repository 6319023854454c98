// Keeps what is being typed: after two quiet seconds a form's fields go to /drafts/, sealed there for the person alone.
// A form with something that was not kept yet is marked `data-unsent`: leaving takes it along (leave.js).
// A page that answers a refused form asks for itself anew when somebody goes back to it: the form is filled in from there.
if (document.querySelector(".errsum")) history.replaceState(history.state, "", location.href);
const address = document.querySelector("meta[name=drafts]")?.content;
for (const { form } of document.querySelectorAll("input[name=typist]")) {
  let timer = 0;
  let changes = 0;
  let sending = new AbortController();
  const state = form.querySelector("[data-draft-state]");
  const send = async () => {
    const fields = new FormData(form);
    for (const name of ["csrfmiddlewaretoken", "typist"]) fields.delete(name);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    const body = new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken?.value ?? "",
      form: location.pathname,
      typed: new URLSearchParams(fields).toString(),
    });
    const sent = changes;
    sending = new AbortController();
    const { signal } = sending;
    const answer = await fetch(address, { method: "POST", body, signal }).catch(() => null);
    const told = answer?.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
    if (told?.kept && sent === changes) delete form.dataset.unsent;
    if (!state || signal.aborted) return;
    state.hidden = false;
    state.querySelector("[data-kept]").hidden = !told?.kept;
    state.querySelector("[data-lost]").hidden = Boolean(told?.kept);
    if (told?.kept) state.querySelector("[data-at]").textContent = told.at;
  };
  const wait = () => {
    changes += 1;
    form.dataset.unsent = "";
    clearTimeout(timer);
    timer = setTimeout(send, 2000);
  };
  if (address && form.method === "post") {
    form.addEventListener("input", wait);
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      sending.abort();
    });
  }
}
