// element
document.body.insertAdjacentHTML("beforeend", `<picture><source srcset="${at("picture.svg")}"><img alt=""></picture>`);
