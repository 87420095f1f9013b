// The error codes, each with a real button: reached by the Tab key, read by screen readers. Texts are set as texts.

function make(tag, className, text) {
  const one = document.createElement(tag);
  if (className) one.className = className;
  if (text) one.textContent = text;
  return one;
}

function row(entry, index, { words, outcome }, provoke) {
  const item = make("li", "el-item");
  const button = make("button", "el-button", entry.way);
  button.type = "button";
  button.setAttribute("aria-label", `${entry.way}: ${entry.code}, HTTP ${entry.status}`);
  button.addEventListener("click", () => provoke(index));
  const head = make("p", "el-head");
  head.append(make("code", "el-code", entry.code), make("span", "el-status", `HTTP ${entry.status}`));
  if (outcome && outcome.index === index) {
    const shown = make("button", "el-outcome", `${words.came}: ${outcome.text} ↑`);
    shown.type = "button";
    shown.title = words.look;
    shown.addEventListener("click", () =>
      document.querySelector(".st-key-explorer_exchange")?.scrollIntoView({ block: "start" }));
    head.append(shown);
  }
  const body = make("div", "el-body");
  body.append(head, make("p", "el-message", entry.message), make("p", "el-advice", entry.advice));
  item.append(button, body);
  return item;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const list = parentElement.querySelector(".el");
  list.lang = data.lang;
  list.setAttribute("aria-label", data.words.title);
  const focused = list.getRootNode().activeElement?.getAttribute("aria-label");
  list.replaceChildren(...data.entries.map((entry, index) =>
    row(entry, index, data, (chosen) => setTriggerValue("provoke", chosen))));
  if (focused) [...list.querySelectorAll(".el-button")].find((one) => one.getAttribute("aria-label") === focused)?.focus();
}
