// A strip of thumbnails, one of which is chosen. Every text is set as text, never as markup.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".gl");
  root.setAttribute("aria-label", data.label);
  root.lang = data.lang;
  const items = data.items.map((item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "gl-item";
    button.dataset.name = item.name;
    button.setAttribute("aria-pressed", item.name === data.chosen);
    const image = document.createElement(item.picture ? "img" : "div"); // a file that is no picture has none
    image.className = "gl-picture";
    if (item.picture) Object.assign(image, { src: item.picture, alt: "" });
    const label = document.createElement("span");
    label.textContent = item.label;
    button.append(image, label);
    button.addEventListener("click", () => {
      root.querySelectorAll(".gl-item").forEach((one) => one.setAttribute("aria-pressed", one === button));
      setTriggerValue("chosen", item.name);
    });
    return button;
  });
  root.replaceChildren(...items);
}
