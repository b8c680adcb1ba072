/* Copies this page's link; runs again at every rerun, so all state lies on the root. */
export default function (component) {
  const { parentElement: root, data } = component;
  const button = root.querySelector("button");
  const field = root.querySelector("input");
  const said = root.querySelector("[role=status]");
  button.onclick = async () => {
    field.hidden = false;
    field.value = window.location.href;
    field.focus();
    field.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(field.value);
      done = true;
    } catch {
      done = document.execCommand("copy");
    }
    said.textContent = [done ? data.copied : data.by_hand, data.note].filter(Boolean).join(" ");
  };
  field.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    field.hidden = true;
    said.textContent = "";
    button.focus();
  };
}
