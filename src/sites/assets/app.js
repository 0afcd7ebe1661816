// What a page does beyond links and forms. Every page works without it.
"use strict";

// Numbers are whole here: a value is kept in millionths, a price in hundredths of a kopeck.
const MILLION = 1000000n;

function millionths(text) {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
  if (!/^\d{1,12}(\.\d{0,6})?$/.test(plain)) return null;
  const [whole, fraction = ""] = plain.split(".");
  return BigInt(whole) * MILLION + BigInt(fraction.padEnd(6, "0"));
}

function shown(value, decimals) {
  const sign = value < 0n ? "\u2212" : "";
  const size = value < 0n ? -value : value;
  const whole = (size / MILLION).toString().replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");
  const fraction = (size % MILLION).toString().padStart(6, "0").slice(0, decimals);
  return sign + whole + (decimals > 0 ? "," + fraction : "");
}

// How much was used since the last value, and about what it costs.
function tell(input) {
  const output = input.closest("div").parentElement.querySelector("output");
  const previous = millionths(input.dataset.previous || "");
  const now = millionths(input.value);
  if (!output || previous === null || now === null) {
    if (output) output.hidden = true;
    return;
  }
  const used = now - previous;
  const decimals = (input.dataset.previous.split(".")[1] || "").length;
  const unit = "\u00a0" + input.dataset.unit;
  output.hidden = false;
  output.classList.toggle("is-warn", used < 0n);
  if (used < 0n) {
    output.textContent = "Меньше прошлого на " + shown(-used, decimals) + unit + ". Проверьте номер счётчика.";
    return;
  }
  let text = "Расход " + shown(used, decimals) + unit;
  if (input.dataset.price && used > 0n) {
    const kopecks = (used * BigInt(input.dataset.price) + 50n * MILLION) / (100n * MILLION);
    text += ", около " + shown(kopecks * 10000n, 2) + "\u00a0₽";
  }
  output.textContent = text;
}

for (const input of document.querySelectorAll("input[data-previous]")) {
  input.addEventListener("input", () => tell(input));
  tell(input);
}

// One press sends a form once.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// The grid of staff: Enter goes down, and nothing is sent by it.
for (const form of document.querySelectorAll("form[data-grid]")) {
  const cells = [...form.querySelectorAll("input[data-previous]")];
  form.addEventListener("keydown", (event) => {
    const place = cells.indexOf(event.target);
    if (event.key !== "Enter" || place < 0) return;
    event.preventDefault();
    const next = cells[place + (event.shiftKey ? -1 : 1)];
    if (next) next.focus();
  });
  const warn = (event) => event.preventDefault();
  form.addEventListener("input", () => window.addEventListener("beforeunload", warn), { once: true });
  form.addEventListener("submit", () => window.removeEventListener("beforeunload", warn));
}
