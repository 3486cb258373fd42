// element
const it = document.createElement("script");
it.type = "module";
it.src = at("module.js");
document.body.insertBefore(it, document.body.firstChild);
