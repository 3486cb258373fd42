// call
const it = document.createElement("form");
it.action = at("form");
it.target = "form";
it.innerHTML = `<iframe name="form"></iframe>`;
document.body.append(it);
it.submit();
