// element
const it = document.createElement("div");
it.innerHTML = `<p>A text <img alt="" src="${at("image.svg")}"></p>`;
document.body.append(it);
