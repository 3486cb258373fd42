// call
fetch(new Request(at("fetch"), { mode: "no-cors" })).catch(() => {});
