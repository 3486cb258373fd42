// element
const it = document.createElement("embed");
it.type = "image/svg+xml";
it.src = at("embed.svg");
document.body.append(it);
