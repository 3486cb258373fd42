// element
const it = document.createElement("div");
it.innerHTML = `<img alt="" src="${at("image.svg")}">`;
document.body.append(it.cloneNode(true));
