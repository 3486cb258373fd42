// element
const it = document.createElement("div");
document.body.append(it);
it.attachShadow({ mode: "closed" }).innerHTML = `<img alt="" src="${at("image.svg")}">`;
