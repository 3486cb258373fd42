// element
const other = new DOMParser().parseFromString(`<img alt="" src="${at("image.svg")}">`, "text/html");
document.body.append(other.querySelector("img"));
