// Streamlit's uploader takes no pasted pictures: this hands them to it, as if they had been chosen. They go nowhere else.
const HANDLER = "khidPasteHandler";

function named(file, number) {
  const ending = file.type.split("/")[1] ?? "png";
  return new File([file], `pasted-${Date.now()}-${number}.${ending}`, { type: file.type });
}

export default function (component) {
  const { target } = component.data;
  document.removeEventListener("paste", document[HANDLER]);
  document[HANDLER] = (event) => {
    const pictures = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    const input = document.querySelector(`.st-key-${target} input[type=file]`);
    if (!pictures.length || !input) return;
    event.preventDefault();
    const carrier = new DataTransfer();
    pictures.map(named).forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("paste", document[HANDLER]);
  const mine = document[HANDLER];
  return () => document.removeEventListener("paste", mine);
}
