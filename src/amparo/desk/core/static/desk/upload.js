// Says before sending that a file is too large; the server says the same without script.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file][data-limit]");
  input?.addEventListener("change", () => {
    const file = input.files[0];
    input.setCustomValidity(file && file.size > Number(input.dataset.limit) ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
}
