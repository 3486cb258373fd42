// call
navigator.sendBeacon(at("beacon"), "1");
