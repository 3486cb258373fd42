// element
document.body.insertAdjacentHTML("beforeend", `<img alt="" src="${at("image.svg")}">`);
