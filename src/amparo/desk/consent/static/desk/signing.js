// A signature drawn with a finger, a pen or the mouse: the strokes become a small picture in the form's hidden field.
// Without script the person types their name, signs on paper, or says so before a witness: the page offers all of it.
for (const pad of document.querySelectorAll("[data-pad]")) {
  const field = document.getElementById(pad.dataset.pad);
  const canvas = pad.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const signed = pad.querySelector("[data-signed]");
  let last = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    field.value = "";
    signed.hidden = true;
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = at(event);
    Object.assign(pen, { lineWidth: 3, lineCap: "round", strokeStyle: "#101828" });
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
  });
  const end = () => {
    if (!last) return;
    last = null;
    field.value = canvas.toDataURL("image/png");
    signed.hidden = false;
    const drawn = field.form.querySelector("input[name=kind][value=drawn]");
    if (drawn) drawn.checked = true;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  pad.querySelector("[data-pad-clear]").addEventListener("click", clear);
  clear();
  pad.hidden = false;
}
