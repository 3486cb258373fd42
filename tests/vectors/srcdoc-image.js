// element
const it = document.createElement("iframe");
it.srcdoc = `<img src="${at("image.svg")}">`;
document.body.append(it);
