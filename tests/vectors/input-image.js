// element
const it = document.createElement("input");
it.type = "image";
it.src = at("button.svg");
document.body.append(it);
