// element
const it = document.createElement("object");
it.type = "image/svg+xml";
it.data = at("object.svg");
document.body.append(it);
