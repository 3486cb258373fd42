// call
const it = new XMLHttpRequest();
it.open("POST", at("xhr"));
it.send("1");
