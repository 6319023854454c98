// Passkeys: hands the browser the options that the server made, and sends back what the key answers.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const opened = (options) => {
  const held = structuredClone(options.publicKey);
  held.challenge = bytes(held.challenge);
  if (held.user) held.user.id = bytes(held.user.id);
  for (const list of [held.excludeCredentials, held.allowCredentials]) for (const one of list ?? []) one.id = bytes(one.id);
  return { publicKey: held };
};
const told = (key) => {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const response = Object.fromEntries(names.filter((name) => key.response[name]).map((name) => [name, text(key.response[name])]));
  if (key.response.getTransports) response.transports = key.response.getTransports();
  const attachment = key.authenticatorAttachment;
  return { id: key.id, rawId: text(key.rawId), type: key.type, authenticatorAttachment: attachment, response, clientExtensionResults: key.getClientExtensionResults() };
};
const held_for = async ({ options, optionsAt }) => {
  if (options) return JSON.parse(document.getElementById(options).textContent);
  return (await fetch(optionsAt, { headers: { "X-Requested-With": "XMLHttpRequest" }, credentials: "same-origin" })).json();
};
for (const form of document.querySelectorAll("[data-passkey]")) {
  if (window.PublicKeyCredential) form.hidden = false;
  const wrong = form.querySelector("[data-passkey-error]");
  form.querySelector("[data-passkey-use]").addEventListener("click", async () => {
    wrong.hidden = true;
    try {
      const held = await held_for(form.dataset);
      const isNew = form.dataset.passkey === "create";
      const options = opened(isNew ? held.creation_options : held.request_options);
      if (isNew && form.elements.passwordless) {
        const choice = (options.publicKey.authenticatorSelection ??= {});
        choice.residentKey = form.elements.passwordless.checked ? "required" : "discouraged";
        choice.requireResidentKey = form.elements.passwordless.checked;
        if (form.elements.passwordless.checked) choice.userVerification = "required";
      }
      const key = await navigator.credentials[isNew ? "create" : "get"](options);
      form.elements.credential.value = JSON.stringify(told(key));
      form.submit();
    } catch {
      wrong.hidden = false;
    }
  });
}
