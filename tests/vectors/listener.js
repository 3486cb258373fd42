// call
addEventListener("vendor", () => navigator.sendBeacon(at("heard"), "1"), { once: true });
dispatchEvent(new Event("vendor"));
