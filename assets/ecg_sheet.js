// The print view: shows the sheet, and prints it alone at its true size from a frame of its own.

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".ecg-sheet");
  const button = root.querySelector("button");
  root.querySelector(".paper").innerHTML = data.svg;
  root.querySelector("svg").setAttribute("aria-label", data.alt);
  button.textContent = data.label;
  button.onclick = () => {
    const old = document.querySelector("iframe.scar-print");
    if (old) old.remove();
    const frame = document.createElement("iframe");
    frame.className = "scar-print";
    frame.title = data.label;
    frame.style.cssText = "position:fixed;right:0;bottom:0;width:0;height:0;border:0";
    frame.onload = () => {
      frame.contentWindow.focus();
      frame.contentWindow.print();
    };
    frame.srcdoc = `<!doctype html><title>${data.title}</title>` + "<style>@page{size:A4 landscape;margin:0}" +
      "html,body{margin:0}svg{display:block;width:297mm;height:210mm}</style>" + data.svg;
    document.body.append(frame);
  };
}
