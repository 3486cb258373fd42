// element
const it = document.createElement("img");
it.src = at("image.svg");
document.body.append(it);
