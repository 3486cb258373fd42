// element
document.body.insertAdjacentHTML("beforeend", `<svg width="9" height="9"><image width="9" height="9" href="${at("image.svg")}"/></svg>`);
