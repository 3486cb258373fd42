// element
const it = document.createElement("template");
it.innerHTML = `<img alt="" src="${at("image.svg")}">`;
document.body.append(it.content.cloneNode(true));
