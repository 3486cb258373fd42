// element
const it = document.createElement("div");
document.body.append(it);
it.outerHTML = `<p>A text <img alt="" src="${at("image.svg")}"></p>`;
