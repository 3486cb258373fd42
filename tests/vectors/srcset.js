// element
const it = document.createElement("img");
it.srcset = `${at("image.svg")} 1x, ${at("image-2.svg")} 2x`;
document.body.append(it);
