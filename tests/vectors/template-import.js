// call
const it = document.createElement("template");
it.innerHTML = `<img alt="" src="${at("image.svg")}">`;
document.importNode(it.content, true);
